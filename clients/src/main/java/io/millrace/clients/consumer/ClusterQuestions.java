package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.ClusterView;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.OffsetQueries;
import io.millrace.clients.cluster.PartitionDescription;
import io.millrace.clients.cluster.TopicView;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What a consumer's user may ask the cluster, waiting up to {@code default.api.timeout.ms}. Of the
 * polling thread.
 */
final class ClusterQuestions {
    private final ConsumerConfig config;
    private final ClusterClient cluster;
    private final PollMailbox mailbox;
    private final GroupCalls groups;
    private final OffsetQueries offsets;
    private final int timeoutMs;

    ClusterQuestions(ConsumerConfig config, ClusterClient cluster, PollMailbox mailbox) {
        this.config = config;
        this.cluster = cluster;
        this.mailbox = mailbox;
        this.groups = new GroupCalls(cluster);
        this.offsets = new OffsetQueries(cluster);
        this.timeoutMs = config.client().defaultApiTimeoutMs();
    }

    Map<TopicPartition, OffsetAndMetadata> committed(String group, Set<TopicPartition> partitions) {
        Map<TopicPartition, GroupCalls.Committed> found =
                ask(
                        () ->
                                cluster.retrying()
                                        .run(
                                                timeoutMs,
                                                () ->
                                                        groups.fetchOffsets(
                                                                group,
                                                                partitions,
                                                                Purpose.REQUESTS)));
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        found.forEach(
                (partition, offset) ->
                        committed.put(
                                partition,
                                new OffsetAndMetadata(
                                        offset.offset(),
                                        epoch(offset.leaderEpoch()),
                                        offset.metadata())));
        return committed;
    }

    Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(Map<TopicPartition, Long> times) {
        Map<TopicPartition, OffsetAndTimestamp> result = new HashMap<>();
        find(times)
                .forEach(
                        (partition, found) -> {
                            if (found.offset() >= 0) {
                                result.put(
                                        partition,
                                        new OffsetAndTimestamp(
                                                found.offset(),
                                                found.timestampMs(),
                                                epoch(found.leaderEpoch())));
                            }
                        });
        return result;
    }

    /**
     * @param which {@link OffsetQueries#EARLIEST} or {@link OffsetQueries#LATEST}
     */
    Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions, long which) {
        Map<TopicPartition, Long> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, which));
        Map<TopicPartition, Long> result = new HashMap<>();
        find(asked).forEach((partition, found) -> result.put(partition, found.offset()));
        return result;
    }

    private Map<TopicPartition, OffsetQueries.Found> find(Map<TopicPartition, Long> times) {
        boolean committedOnly = config.isolation() == IsolationLevel.READ_COMMITTED;
        return ask(() -> offsets.find(times, committedOnly, timeoutMs));
    }

    List<PartitionDescription> partitionsOf(String topic) {
        ClusterView view = awaitTopic(topic);
        TopicView found = view.topic(topic);
        return found != null && found.isUsable() ? view.describe(topic) : List.of();
    }

    private ClusterView awaitTopic(String topic) {
        TopicView known = cluster.metadata().usable(topic);
        if (known != null) {
            return cluster.metadata().view();
        }
        long before = cluster.metadata().view().version();
        return ask(
                () -> {
                    cluster.metadata().want(List.of(topic));
                    return cluster.metadata()
                            .await(
                                    view -> view.version() > before && view.topic(topic) != null,
                                    timeoutMs,
                                    "metadata of topic " + topic);
                });
    }

    Map<String, List<PartitionDescription>> topics() {
        ClusterView all = ask(() -> cluster.allTopics(timeoutMs));
        return all.topics().keySet().stream()
                .collect(Collectors.toMap(name -> name, all::describe));
    }

    private <T> T ask(Supplier<CompletableFuture<T>> start) {
        // A second more than the loop's own limit, whose failure says more.
        return mailbox.waitFor(
                cluster.onLoop(start),
                TimeUnit.MILLISECONDS.toNanos(timeoutMs + 1_000L),
                cluster.loop().clock());
    }

    private static OptionalInt epoch(int wire) {
        return wire < 0 ? OptionalInt.empty() : OptionalInt.of(wire);
    }
}
