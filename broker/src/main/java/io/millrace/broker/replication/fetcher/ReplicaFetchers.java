package io.millrace.broker.replication.fetcher;

import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.time.Clock;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.peer.PeerRequests;
import io.millrace.broker.replication.FollowedPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Copies every partition that this broker follows from its leader, over {@code
 * num.replica.fetchers} lanes to each leader. Changed by the one thread that applies metadata;
 * figures from anywhere.
 */
public final class ReplicaFetchers {
    private final EventLoopGroup loops;
    private final LaneContext context;
    private final ReplicationQuota leaderQuota;
    private final Map<FetchKey, Assigned> assigned = new HashMap<>();
    private final Map<LaneKey, Integer> counts = new HashMap<>();
    private final Map<LaneKey, FetchLane> lanes = new ConcurrentHashMap<>();
    private FetcherConfig config;
    private boolean closed;

    private record LaneKey(int leader, int index) {}

    private record Assigned(FollowedPartition partition, LaneKey lane, int leaderEpoch) {}

    /**
     * How far one partition is behind.
     *
     * @param lag records below the leader's high watermark that are missing here
     * @param throttled whether it waits for the quota
     */
    public record PartitionLag(TopicPartition partition, int leader, long lag, boolean throttled) {}

    /** Bytes that came over one lane. */
    public record LaneBytes(int leader, int lane, long bytes) {}

    /**
     * @param loops where lanes run
     * @param brokerEpoch epoch of this broker's registration, as of now
     */
    public ReplicaFetchers(
            int brokerId,
            LongSupplier brokerEpoch,
            PeerRequests peers,
            EventLoopGroup loops,
            Clock clock,
            FetcherConfig config) {
        this.loops = loops;
        this.config = config;
        this.leaderQuota = new ReplicationQuota(config.leaderRate(), config.window(), clock);
        this.context =
                new LaneContext(
                        brokerId,
                        brokerEpoch,
                        peers,
                        new ReplicationQuota(config.followerRate(), config.window(), clock));
    }

    /** Bounds what this broker gives to followers that are not in sync. */
    public ReplicationQuota leaderQuota() {
        return leaderQuota;
    }

    /** Copies the partition from this leader from now on. */
    public void follow(FollowedPartition partition, int leader, int leaderEpoch) {
        FetchKey key = keyOf(partition);
        LaneKey lane = laneOf(key, leader);
        Assigned before = assigned.get(key);
        if (closed) {
            return;
        }
        if (before != null
                && before.partition == partition
                && before.lane.equals(lane)
                && before.leaderEpoch == leaderEpoch) {
            return;
        }
        if (before != null && !before.lane.equals(lane)) {
            unfollow(key);
        }
        assigned.put(key, new Assigned(partition, lane, leaderEpoch));
        if (before == null || !before.lane.equals(lane)) {
            counts.merge(lane, 1, Integer::sum);
        }
        lanes.computeIfAbsent(lane, this::newLane).follow(partition, leaderEpoch);
    }

    /** Copies the partition no more; harmless if it was not copied. */
    public void unfollow(UUID topicId, int partition) {
        unfollow(new FetchKey(topicId, partition));
    }

    private void unfollow(FetchKey key) {
        Assigned before = assigned.remove(key);
        if (before == null) {
            return;
        }
        FetchLane lane = lanes.get(before.lane);
        if (lane == null) {
            return;
        }
        lane.unfollow(key);
        if (counts.merge(before.lane, -1, Integer::sum) == 0) {
            counts.remove(before.lane);
            lanes.remove(before.lane);
            lane.close();
        }
    }

    /** Takes a new configuration; where the number of lanes changes, partitions move. */
    public void reconfigure(FetcherConfig changed) {
        boolean moves = changed.lanes() != config.lanes();
        config = changed;
        context.followerQuota().limit(changed.followerRate());
        leaderQuota.limit(changed.leaderRate());
        lanes.values().forEach(lane -> lane.reconfigure(changed));
        if (moves) {
            for (Assigned each : List.copyOf(assigned.values())) {
                follow(each.partition, each.lane.leader, each.leaderEpoch);
            }
        }
    }

    /** Asks nobody any more. */
    public void close() {
        closed = true;
        assigned.clear();
        counts.clear();
        lanes.values().forEach(FetchLane::close);
        lanes.clear();
    }

    /** How far each partition is behind. */
    public Collection<PartitionLag> lags() {
        List<PartitionLag> lags = new ArrayList<>();
        for (FetchLane lane : lanes.values()) {
            for (LanePartition p : lane.partitions()) {
                lags.add(new PartitionLag(p.partition.id(), lane.leader(), p.lag(), p.throttled));
            }
        }
        return lags;
    }

    /** What came over each lane. */
    public Collection<LaneBytes> laneBytes() {
        return lanes.values().stream()
                .map(lane -> new LaneBytes(lane.leader(), lane.index(), lane.bytes()))
                .toList();
    }

    private FetchLane newLane(LaneKey key) {
        return new FetchLane(key.leader, key.index, loops.loopFor(key), context, config);
    }

    private LaneKey laneOf(FetchKey key, int leader) {
        return new LaneKey(leader, Math.floorMod(spread(key), config.lanes()));
    }

    /** Neighbouring partitions of a topic go to different lanes. */
    private static int spread(FetchKey key) {
        return 31 * key.topicId().hashCode() + key.partition();
    }

    private static FetchKey keyOf(FollowedPartition partition) {
        return new FetchKey(partition.topicId(), partition.id().partition());
    }
}
