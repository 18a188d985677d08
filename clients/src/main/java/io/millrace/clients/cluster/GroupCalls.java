package io.millrace.clients.cluster;

import io.millrace.clients.ClientException;
import io.millrace.clients.RetriableClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.OffsetFetchRequest;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopic;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetchResponse;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Requests to a group's coordinator, wherever it is. Belongs to the client's loop. */
public final class GroupCalls {
    private static final int FIRST_GROUPS_VERSION = 8;

    /** Version 10 names topics by id only; names do for us. */
    private static final int LAST_NAMES_VERSION = 9;

    private static final int REQUIRE_STABLE_VERSION = 7;

    private final ClusterClient cluster;
    private final CoordinatorCalls calls;

    public GroupCalls(ClusterClient cluster) {
        this.cluster = cluster;
        this.calls = new CoordinatorCalls(cluster);
    }

    /** Sends one request to the group's coordinator, see {@link CoordinatorCalls#send}. */
    public <R extends ApiResponse> CompletableFuture<Answered<R>> send(
            String group,
            Purpose purpose,
            RequestFactory<R> request,
            long timeoutMs,
            Function<Answered<R>, ErrorCode> errorOf) {
        return calls.send(CoordinatorKey.group(group), purpose, request, timeoutMs, errorOf);
    }

    /** A committed offset as the coordinator keeps it. */
    public record Committed(long offset, int leaderEpoch, String metadata) {}

    /**
     * Committed offsets; partitions without one are absent.
     *
     * @param partitions null for all that have one
     */
    public CompletableFuture<Map<TopicPartition, Committed>> fetchOffsets(
            String group, @Nullable Collection<TopicPartition> partitions, Purpose purpose) {
        RequestFactory<OffsetFetchResponse> request =
                RequestFactory.between(
                        ApiKey.OFFSET_FETCH,
                        partitions == null ? 2 : 1,
                        LAST_NAMES_VERSION,
                        version -> offsetFetch(version, group, partitions));
        return send(
                        group,
                        purpose,
                        request,
                        cluster.config().requestTimeoutMs(),
                        answered -> ErrorCode.forCode(errorOf(answered)))
                .thenApply(answered -> readOffsets(group, answered));
    }

    private static short errorOf(Answered<OffsetFetchResponse> answered) {
        OffsetFetchResponse response = answered.response();
        return answered.version() < FIRST_GROUPS_VERSION || response.groups().isEmpty()
                ? response.errorCode()
                : response.groups().get(0).errorCode();
    }

    private static OffsetFetchRequest offsetFetch(
            short version, String group, @Nullable Collection<TopicPartition> partitions) {
        Map<String, List<Integer>> byTopic = byTopic(partitions == null ? List.of() : partitions);
        OffsetFetchRequest request = new OffsetFetchRequest();
        if (version >= REQUIRE_STABLE_VERSION) {
            // Offsets of open transactions would make us skip what they may yet abort.
            request.requireStable(true);
        }
        if (version < FIRST_GROUPS_VERSION) {
            List<OffsetFetchRequestTopic> topics = new ArrayList<>();
            byTopic.forEach(
                    (topic, numbers) ->
                            topics.add(
                                    new OffsetFetchRequestTopic()
                                            .name(topic)
                                            .partitionIndexes(numbers)));
            return request.groupId(group).topics(partitions == null ? null : topics);
        }
        List<OffsetFetchRequestTopics> topics = new ArrayList<>();
        byTopic.forEach(
                (topic, numbers) ->
                        topics.add(
                                new OffsetFetchRequestTopics()
                                        .name(topic)
                                        .partitionIndexes(numbers)));
        return request.groups(
                List.of(
                        new OffsetFetchRequestGroup()
                                .groupId(group)
                                .topics(partitions == null ? null : topics)));
    }

    private static Map<TopicPartition, Committed> readOffsets(
            String group, Answered<OffsetFetchResponse> answered) {
        throwIf(group, ErrorCode.forCode(errorOf(answered)), Optional.empty());
        Map<TopicPartition, Committed> found = new HashMap<>();
        if (answered.version() < FIRST_GROUPS_VERSION) {
            for (var topic : answered.response().topics()) {
                for (var partition : topic.partitions()) {
                    TopicPartition at =
                            new TopicPartition(topic.name(), partition.partitionIndex());
                    throwIf(group, ErrorCode.forCode(partition.errorCode()), Optional.of(at));
                    put(
                            found,
                            at,
                            partition.committedOffset(),
                            partition.committedLeaderEpoch(),
                            partition.metadata());
                }
            }
            return found;
        }
        for (OffsetFetchResponseGroup each : answered.response().groups()) {
            for (var topic : each.topics()) {
                for (var partition : topic.partitions()) {
                    TopicPartition at =
                            new TopicPartition(topic.name(), partition.partitionIndex());
                    throwIf(group, ErrorCode.forCode(partition.errorCode()), Optional.of(at));
                    put(
                            found,
                            at,
                            partition.committedOffset(),
                            partition.committedLeaderEpoch(),
                            partition.metadata());
                }
            }
        }
        return found;
    }

    private static void put(
            Map<TopicPartition, Committed> found,
            TopicPartition at,
            long offset,
            int epoch,
            @Nullable String metadata) {
        if (offset >= 0) {
            found.put(at, new Committed(offset, epoch, metadata == null ? "" : metadata));
        }
    }

    private static void throwIf(String group, ErrorCode error, Optional<TopicPartition> at) {
        if (error == ErrorCode.UNSTABLE_OFFSET_COMMIT) {
            throw new RetriableClientException(
                    "group " + group + ": a transaction is about to commit offsets");
        }
        if (error.isError()) {
            ClientException failure =
                    Failures.of(
                            error,
                            "group "
                                    + group
                                    + ": reading committed offsets"
                                    + at.map(partition -> " of " + partition).orElse(""));
            throw failure;
        }
    }

    /** Partition numbers by topic, in order. */
    public static Map<String, List<Integer>> byTopic(Collection<TopicPartition> partitions) {
        Map<String, List<Integer>> byTopic = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                    .add(partition.partition());
        }
        return byTopic;
    }
}
