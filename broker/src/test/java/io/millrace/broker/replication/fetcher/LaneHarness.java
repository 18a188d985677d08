package io.millrace.broker.replication.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.config.ConfigReader;
import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** One follower, one leader and everything between them, on one loop. */
final class LaneHarness {
    static final int LEADER = 2;
    static final int SELF = 1;
    static final FetchKey A = key(1, 0);
    static final FetchKey B = key(1, 1);
    static final FetchKey C = key(2, 0);

    final ManualClock clock = new ManualClock(0);
    final ManualEventLoop loop = new ManualEventLoop("test", clock);
    final FakeLeader leader = new FakeLeader(loop);
    final ReplicaFetchers fetchers;
    final Map<FetchKey, FakeFollower> followers = new HashMap<>();

    LaneHarness(String... config) {
        fetchers =
                new ReplicaFetchers(
                        SELF, () -> 77, leader, EventLoopGroup.single(loop), clock, config(config));
    }

    static FetchKey key(int topic, int partition) {
        return new FetchKey(new UUID(0, topic), partition);
    }

    static FetcherConfig config(String... pairs) {
        Map<String, String> values = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            values.put(pairs[i], pairs[i + 1]);
        }
        return FetcherConfig.read(new ConfigReader("test", values));
    }

    FakeFollower follower(FetchKey key) {
        return followers.computeIfAbsent(key, k -> new FakeFollower(k, loop));
    }

    void follow(FetchKey... keys) {
        for (FetchKey key : keys) {
            leader.log(key);
            fetchers.follow(follower(key), LEADER, follower(key).leaderEpoch);
        }
        loop.runAll();
    }

    void append(FetchKey key, String prefix, int count) {
        leader.log(key).append(prefix, count);
        leader.appended();
        loop.runAll();
    }

    void pass(long ms) {
        loop.advance(Duration.ofMillis(ms));
    }

    void assertSame(FetchKey... keys) {
        for (FetchKey key : keys) {
            assertThat(follower(key).batches.stream().map(ByteBuf::copy).toList())
                    .as("partition %s", key)
                    .isEqualTo(leader.log(key).batches);
        }
    }

    io.millrace.protocol.message.FetchRequest lastRequest() {
        return leader.requests.get(leader.requests.size() - 1);
    }
}
