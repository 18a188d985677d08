package io.millrace.connect.kafka;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.PartitionDescription;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.consumer.ConsumerRecords;
import io.millrace.clients.consumer.GroupMetadata;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.consumer.OffsetAndTimestamp;
import io.millrace.clients.consumer.OffsetCommitCallback;
import io.millrace.clients.consumer.PartitionAssignor;
import io.millrace.clients.consumer.RebalanceListener;
import io.millrace.clients.consumer.SubscriptionPattern;
import io.millrace.clients.consumer.WakeupException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** A consumer of {@link FakeCluster}. A change of members reaches each of them at its next poll. */
final class FakeConsumer implements Consumer<byte[], byte[]> {
    private static final int MAX_POLL_RECORDS = 500;

    private final FakeCluster cluster;
    private final String group;
    private final PartitionAssignor assignor;
    private final Map<TopicPartition, Long> positions = new TreeMap<>();
    private final Set<TopicPartition> paused = new HashSet<>();
    private final List<Runnable> callbacks = new ArrayList<>();
    private Collection<String> subscribed = List.of();
    private Pattern pattern;
    private RebalanceListener listener = RebalanceListener.NONE;
    private boolean rejoin;
    private boolean woken;

    FakeConsumer(FakeCluster cluster, String group, PartitionAssignor assignor) {
        this.cluster = cluster;
        this.group = group;
        this.assignor = assignor;
    }

    @Override
    public void subscribe(Collection<String> topics, RebalanceListener rebalances) {
        subscribed = List.copyOf(topics);
        join(rebalances);
    }

    @Override
    public void subscribe(Pattern topics, RebalanceListener rebalances) {
        pattern = topics;
        join(rebalances);
    }

    private void join(RebalanceListener rebalances) {
        listener = rebalances;
        synchronized (cluster) {
            cluster.members.computeIfAbsent(group, g -> new ArrayList<>()).add(this);
            cluster.members.get(group).forEach(member -> member.rejoin = true);
            cluster.notifyAll();
        }
    }

    private boolean wants(String topic) {
        return subscribed.contains(topic) || pattern != null && pattern.matcher(topic).matches();
    }

    private void rebalance() {
        List<TopicPartition> mine = new ArrayList<>();
        synchronized (cluster) {
            if (!rejoin) {
                return;
            }
            rejoin = false;
            List<FakeConsumer> all = cluster.members.get(group);
            int index = 0;
            for (TopicPartition partition : cluster.logs.keySet()) {
                if (wants(partition.topic()) && all.get(index++ % all.size()) == this) {
                    mine.add(partition);
                }
            }
        }
        List<TopicPartition> before = List.copyOf(positions.keySet());
        if (!before.isEmpty()) {
            listener.onPartitionsRevoked(before);
            positions.clear();
        }
        for (TopicPartition partition : mine) {
            OffsetAndMetadata offset = cluster.committed(group).get(partition);
            positions.put(partition, offset == null ? 0 : offset.offset());
        }
        if (assignor != null) {
            tellAssignor();
        }
        listener.onPartitionsAssigned(mine);
    }

    private void tellAssignor() {
        Map<String, PartitionAssignor.Subscription> members = new TreeMap<>();
        synchronized (cluster) {
            int index = 0;
            for (FakeConsumer member : cluster.members.get(group)) {
                members.put(
                        "member-" + index++,
                        new PartitionAssignor.Subscription(
                                List.copyOf(member.subscribed),
                                member.assignor.subscriptionUserData(Set.copyOf(member.subscribed)),
                                List.of(),
                                -1,
                                Optional.empty(),
                                Optional.empty()));
            }
        }
        assignor.onAssignment(
                assignor.assign(topic -> java.util.OptionalInt.of(1), members)
                        .values()
                        .iterator()
                        .next(),
                groupMetadata());
    }

    @Override
    public void subscribe(SubscriptionPattern pattern, RebalanceListener listener) {
        throw new UnsupportedOperationException("patterns");
    }

    @Override
    public void assign(Collection<TopicPartition> partitions) {
        positions.clear();
        partitions.forEach(partition -> positions.put(partition, 0L));
    }

    @Override
    public void unsubscribe() {
        leave();
    }

    private void leave() {
        if (!positions.isEmpty() && !(subscribed.isEmpty() && pattern == null)) {
            listener.onPartitionsRevoked(List.copyOf(positions.keySet()));
        }
        positions.clear();
        synchronized (cluster) {
            List<FakeConsumer> all = cluster.members.getOrDefault(group, new ArrayList<>());
            all.remove(this);
            all.forEach(member -> member.rejoin = true);
            cluster.notifyAll();
        }
    }

    @Override
    public Set<String> subscription() {
        return new TreeSet<>(subscribed);
    }

    @Override
    public Set<TopicPartition> assignment() {
        return new TreeSet<>(positions.keySet());
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        callbacks.forEach(Runnable::run);
        callbacks.clear();
        rebalance();
        long deadline = System.nanoTime() + timeout.toNanos();
        synchronized (cluster) {
            while (true) {
                if (woken) {
                    woken = false;
                    throw new WakeupException();
                }
                ConsumerRecords<byte[], byte[]> found = fetch();
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (!found.isEmpty() || left <= 0 || rejoin) {
                    return found;
                }
                try {
                    cluster.wait(left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return ConsumerRecords.empty();
                }
            }
        }
    }

    private ConsumerRecords<byte[], byte[]> fetch() {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> found = new LinkedHashMap<>();
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        int left = MAX_POLL_RECORDS;
        for (Map.Entry<TopicPartition, Long> entry : positions.entrySet()) {
            TopicPartition partition = entry.getKey();
            List<ConsumerRecord<byte[], byte[]>> log =
                    cluster.logs.getOrDefault(partition, List.of());
            int from = entry.getValue().intValue();
            int to = Math.min(log.size(), from + left);
            if (!paused.contains(partition) && to > from) {
                found.put(partition, List.copyOf(log.subList(from, to)));
                next.put(partition, new OffsetAndMetadata(to));
                entry.setValue((long) to);
                left -= to - from;
            }
        }
        return new ConsumerRecords<>(found, next);
    }

    @Override
    public void seek(TopicPartition partition, OffsetAndMetadata offset) {
        positions.replace(partition, offset.offset());
    }

    @Override
    public void seekToBeginning(Collection<TopicPartition> partitions) {
        partitions.forEach(partition -> positions.replace(partition, 0L));
    }

    @Override
    public void seekToEnd(Collection<TopicPartition> partitions) {
        endOffsets(partitions).forEach(positions::replace);
    }

    @Override
    public void pause(Collection<TopicPartition> partitions) {
        paused.addAll(partitions);
    }

    @Override
    public void resume(Collection<TopicPartition> partitions) {
        paused.removeAll(partitions);
    }

    @Override
    public Set<TopicPartition> paused() {
        return paused;
    }

    @Override
    public long position(TopicPartition partition) {
        return positions.get(partition);
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
        return cluster.committed(group);
    }

    @Override
    public void commitSync() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
        synchronized (cluster) {
            if (woken) {
                woken = false;
                throw new WakeupException();
            }
            cluster.groups.computeIfAbsent(group, g -> new HashMap<>()).putAll(offsets);
        }
    }

    @Override
    public void commitAsync(OffsetCommitCallback callback) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void commitAsync(
            Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
        synchronized (cluster) {
            cluster.groups.computeIfAbsent(group, g -> new HashMap<>()).putAll(offsets);
        }
        callbacks.add(() -> callback.onComplete(offsets, null));
    }

    @Override
    public Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
            Map<TopicPartition, Long> times) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        synchronized (cluster) {
            partitions.forEach(
                    partition -> ends.put(partition, (long) cluster.logs.get(partition).size()));
        }
        return ends;
    }

    @Override
    public OptionalLong currentLag(TopicPartition partition) {
        synchronized (cluster) {
            return OptionalLong.of(cluster.logs.get(partition).size() - positions.get(partition));
        }
    }

    @Override
    public List<PartitionDescription> partitionsFor(String topic) {
        return cluster.describe(topic).partitions();
    }

    @Override
    public Map<String, List<PartitionDescription>> listTopics() {
        throw new UnsupportedOperationException();
    }

    @Override
    public GroupMetadata groupMetadata() {
        return new GroupMetadata(group, 1, "member", Optional.empty());
    }

    @Override
    public void enforceRebalance(String reason) {
        rejoin = true;
    }

    @Override
    public void wakeup() {
        synchronized (cluster) {
            woken = true;
            cluster.notifyAll();
        }
    }

    @Override
    public void close() {
        leave();
    }

    @Override
    public void close(Duration timeout) {
        leave();
    }
}
