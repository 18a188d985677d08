package io.millrace.clients.cluster;

import io.millrace.clients.RetriableClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.millrace.protocol.message.ListOffsetsResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Asks partition leaders for offsets by time. Belongs to the client's loop. */
public final class OffsetQueries {
    /** Instead of a time: the end of the log. */
    public static final long LATEST = -1;

    /** Instead of a time: the start of the log. */
    public static final long EARLIEST = -2;

    /** Instead of a time: the record with the greatest timestamp. */
    public static final long MAX_TIMESTAMP = -3;

    /** Instead of a time: the start of what is on the broker's own disks. */
    public static final long EARLIEST_LOCAL = -4;

    /** Instead of a time: the end of what was moved to tiered storage. */
    public static final long LATEST_TIERED = -5;

    /** Instead of a time: the start of what is still to be moved to tiered storage. */
    public static final long EARLIEST_PENDING_UPLOAD = -6;

    private static final int FIRST_ISOLATION_VERSION = 2;
    private static final int FIRST_EPOCH_VERSION = 4;

    /** First versions that know what may stand instead of a time. */
    private static final Map<Long, Integer> FIRST_VERSIONS =
            Map.of(
                    MAX_TIMESTAMP, 7,
                    EARLIEST_LOCAL, 8,
                    LATEST_TIERED, 9,
                    EARLIEST_PENDING_UPLOAD, 11);

    private final ClusterClient cluster;
    private final Retrying retrying;

    /** An answer; everything is -1 where no record matches, as on the wire. */
    public record Found(long offset, long timestampMs, int leaderEpoch) {}

    public OffsetQueries(ClusterClient cluster) {
        this.cluster = cluster;
        this.retrying = cluster.retrying();
    }

    /**
     * Offsets of all these partitions, retrying those that fail for a while.
     *
     * @param times ms since the Unix epoch, or one of the constants here
     * @param committedOnly whether the end is the last stable offset
     */
    public CompletableFuture<Map<TopicPartition, Found>> find(
            Map<TopicPartition, Long> times, boolean committedOnly, long timeoutMs) {
        Map<TopicPartition, Found> found = new HashMap<>();
        return retrying.run(
                timeoutMs,
                () -> {
                    Map<TopicPartition, Long> open = new HashMap<>(times);
                    open.keySet().removeAll(found.keySet());
                    return round(open, committedOnly, found);
                });
    }

    private CompletableFuture<Map<TopicPartition, Found>> round(
            Map<TopicPartition, Long> open,
            boolean committedOnly,
            Map<TopicPartition, Found> found) {
        cluster.metadata().want(open.keySet().stream().map(TopicPartition::topic).toList());
        Map<Integer, Map<TopicPartition, Long>> byNode = new HashMap<>();
        List<TopicPartition> homeless = new ArrayList<>();
        open.forEach(
                (partition, time) ->
                        cluster.metadata()
                                .view()
                                .leaderOf(partition)
                                .ifPresentOrElse(
                                        node ->
                                                byNode.computeIfAbsent(node, id -> new HashMap<>())
                                                        .put(partition, time),
                                        () -> homeless.add(partition)));
        List<CompletableFuture<Void>> all = new ArrayList<>();
        byNode.forEach((node, times) -> all.add(ask(node, times, committedOnly, found)));
        if (!homeless.isEmpty()) {
            cluster.metadata().requestUpdate();
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new))
                .thenApply(
                        done -> {
                            if (!homeless.isEmpty()) {
                                throw new RetriableClientException(
                                        homeless + ": no leader known" + why(homeless.get(0)));
                            }
                            return found;
                        });
    }

    private String why(TopicPartition partition) {
        TopicView topic = cluster.metadata().view().topic(partition.topic());
        return topic == null || !topic.error().isError() ? "" : ": " + topic.error().message();
    }

    private CompletableFuture<Void> ask(
            int node,
            Map<TopicPartition, Long> times,
            boolean committedOnly,
            Map<TopicPartition, Found> found) {
        int lowest =
                times.values().stream()
                        .mapToInt(time -> FIRST_VERSIONS.getOrDefault(time, 1))
                        .max()
                        .orElse(1);
        RequestFactory<ListOffsetsResponse> request =
                RequestFactory.between(
                        ApiKey.LIST_OFFSETS,
                        lowest,
                        ApiKey.LIST_OFFSETS.maxVersion(),
                        version -> request(version, times, committedOnly));
        return cluster.connections()
                .send(node, request)
                .thenAccept(outcome -> take(outcome, found));
    }

    private ListOffsetsRequest request(
            short version, Map<TopicPartition, Long> times, boolean committedOnly) {
        Map<String, List<ListOffsetsPartition>> byTopic = new TreeMap<>();
        times.forEach(
                (partition, time) -> {
                    ListOffsetsPartition asked =
                            new ListOffsetsPartition()
                                    .partitionIndex(partition.partition())
                                    .timestamp(time);
                    PartitionView view = cluster.metadata().view().partition(partition);
                    if (version >= FIRST_EPOCH_VERSION && view != null) {
                        asked.currentLeaderEpoch(view.leaderEpoch());
                    }
                    byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                            .add(asked);
                });
        List<ListOffsetsTopic> topics = new ArrayList<>();
        byTopic.forEach(
                (topic, partitions) ->
                        topics.add(new ListOffsetsTopic().name(topic).partitions(partitions)));
        ListOffsetsRequest request = new ListOffsetsRequest().replicaId(-1).topics(topics);
        if (version >= FIRST_ISOLATION_VERSION) {
            request.isolationLevel((byte) (committedOnly ? 1 : 0));
        }
        return request;
    }

    private void take(Outcome<ListOffsetsResponse> outcome, Map<TopicPartition, Found> found) {
        if (outcome instanceof Unanswered<ListOffsetsResponse> lost) {
            cluster.metadata().requestUpdate();
            throw lost.toException();
        }
        RuntimeException failure = null;
        ListOffsetsResponse response = ((Answered<ListOffsetsResponse>) outcome).response();
        for (var topic : response.topics()) {
            for (var partition : topic.partitions()) {
                TopicPartition at = new TopicPartition(topic.name(), partition.partitionIndex());
                ErrorCode error = ErrorCode.forCode(partition.errorCode());
                if (error == ErrorCode.NONE) {
                    found.put(
                            at,
                            new Found(
                                    partition.offset(),
                                    partition.timestamp(),
                                    partition.leaderEpoch()));
                } else if (failure == null || !error.retriable()) {
                    failure = Failures.of(error, at + ": looking up an offset");
                }
            }
        }
        if (failure != null) {
            cluster.metadata().requestUpdate();
            throw failure;
        }
    }
}
