package io.millrace.broker.replication.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.RandomSource;
import io.millrace.protocol.error.ErrorCode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is lost, late, damaged or begun anew on the way: once it heals, followers hold what the
 * leader holds, and until then nothing else.
 */
final class FetchersUnderFaultsTest {
    private static final int STEPS = 400;
    private static final int PARTITIONS = 6;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void followersHoldAPrefixOfTheLeaderAlwaysAndEverythingInTheEnd(long seed) {
        RandomSource random = RandomSource.seeded(seed);
        LaneHarness cluster =
                new LaneHarness(
                        "num.replica.fetchers",
                        Integer.toString(1 + random.nextInt(3)),
                        "replica.fetch.max.bytes",
                        Integer.toString(80 + random.nextInt(2_000)),
                        "replica.fetch.response.max.bytes",
                        Integer.toString(80 + random.nextInt(4_000)),
                        "replica.socket.timeout.ms",
                        "2000");
        FetchKey[] keys = new FetchKey[PARTITIONS];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = LaneHarness.key(1 + i / 2, i % 2);
        }
        cluster.follow(keys);
        for (int step = 0; step < STEPS; step++) {
            disturb(cluster, random, keys[random.nextInt(keys.length)]);
            cluster.pass(random.nextInt(60));
            for (FetchKey key : keys) {
                assertPrefix(cluster, key, "seed " + seed + ", step " + step);
            }
        }
        heal(cluster, keys);
        cluster.assertSame(keys);
    }

    private static void disturb(LaneHarness cluster, RandomSource random, FetchKey key) {
        FakeFollower follower = cluster.follower(key);
        FakeLeader.Log log = cluster.leader.log(key);
        switch (random.nextInt(16)) {
            case 0 -> cluster.leader.network = anyOf(FakeLeader.Network.values(), random);
            case 1 -> cluster.leader.network = FakeLeader.Network.WORKS;
            case 2 -> cluster.leader.restart();
            case 3 -> cluster.leader.damagesNext = true;
            case 4 -> log.error = ErrorCode.NOT_LEADER_OR_FOLLOWER;
            case 5 -> log.error = ErrorCode.NONE;
            case 6 -> follower.writeMs = random.nextInt(200);
            case 7 -> newEpoch(cluster, random, key);
            case 8 -> {
                cluster.fetchers.unfollow(key.topicId(), key.partition());
                cluster.fetchers.follow(follower, LaneHarness.LEADER, follower.leaderEpoch);
            }
            case 9 ->
                    cluster.fetchers.reconfigure(
                            LaneHarness.config(
                                    "num.replica.fetchers",
                                    Integer.toString(1 + random.nextInt(3)),
                                    "replica.socket.timeout.ms",
                                    "2000"));
            default -> {
                log.highWatermark = log.end;
                cluster.append(key, "r" + random.nextInt(1_000), 1 + random.nextInt(30));
            }
        }
    }

    /** The leader changes: what it had beyond the high watermark may be gone. */
    private static void newEpoch(LaneHarness cluster, RandomSource random, FetchKey key) {
        FakeLeader.Log log = cluster.leader.log(key);
        if (!log.batches.isEmpty() && random.nextInt(2) == 0) {
            log.batches.remove(log.batches.size() - 1);
            log.end = log.batches.isEmpty() ? 0 : endOf(log);
        }
        log.epoch++;
        log.append("epoch" + log.epoch, 1);
        FakeFollower follower = cluster.follower(key);
        follower.leaderEpoch = log.epoch;
        cluster.fetchers.follow(follower, LaneHarness.LEADER, log.epoch);
    }

    private static long endOf(FakeLeader.Log log) {
        return io.millrace.broker.log.Batches.view(log.batches.get(log.batches.size() - 1))
                .nextOffset();
    }

    /** Up to one tail that a leader of an older epoch wrote, which the next contact cuts off. */
    private static void assertPrefix(LaneHarness cluster, FetchKey key, String when) {
        var ours = cluster.follower(key).batches;
        var theirs = cluster.leader.log(key).batches;
        int same = 0;
        while (same < ours.size()
                && same < theirs.size()
                && ours.get(same).equals(theirs.get(same))) {
            same++;
        }
        for (int i = same; i < ours.size(); i++) {
            assertThat(io.millrace.broker.log.Batches.view(ours.get(i)).partitionLeaderEpoch())
                    .as(when)
                    .isLessThan(cluster.leader.log(key).epoch);
            assertThat(io.millrace.broker.log.Batches.view(ours.get(i)).isCrcValid())
                    .as(when)
                    .isTrue();
        }
    }

    private static void heal(LaneHarness cluster, FetchKey[] keys) {
        cluster.leader.network = FakeLeader.Network.WORKS;
        cluster.leader.damagesNext = false;
        for (FetchKey key : keys) {
            cluster.leader.log(key).error = ErrorCode.NONE;
            cluster.follower(key).writeMs = 0;
        }
        cluster.pass(10_000);
    }

    private static <T> T anyOf(T[] values, RandomSource random) {
        return values[random.nextInt(values.length)];
    }
}
