package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.Connections;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.OffsetQueries;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.clients.consumer.IsolationLevel;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DeleteRecordsRequest;
import io.millrace.protocol.message.DeleteRecordsRequest.DeleteRecordsPartition;
import io.millrace.protocol.message.DeleteRecordsRequest.DeleteRecordsTopic;
import io.millrace.protocol.message.DeleteRecordsResponse;
import io.millrace.protocol.message.DescribeLogDirsRequest;
import io.millrace.protocol.message.DescribeLogDirsResponse;
import io.millrace.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** The part of the admin client that is about the contents of logs. */
final class LogAdmin {
    private final AdminCalls calls;
    private final OffsetQueries offsets;

    LogAdmin(AdminCalls calls) {
        this.calls = calls;
        this.offsets = new OffsetQueries(calls.cluster());
    }

    CompletableFuture<Map<TopicPartition, ListedOffset>> listOffsets(
            Map<TopicPartition, OffsetSpec> partitions, IsolationLevel isolation) {
        boolean committedOnly = isolation == IsolationLevel.READ_COMMITTED;
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach((partition, spec) -> times.put(partition, timeOf(spec)));
        return calls.cluster()
                .onLoop(() -> offsets.find(times, committedOnly, calls.timeoutMs()))
                .thenApply(
                        found -> {
                            Map<TopicPartition, ListedOffset> listed = new HashMap<>();
                            found.forEach((at, one) -> listed.put(at, read(one)));
                            return listed;
                        });
    }

    private static long timeOf(OffsetSpec spec) {
        if (spec instanceof OffsetSpec.AtTime at) {
            return at.timestampMs();
        }
        if (spec instanceof OffsetSpec.MaxTimestamp) {
            return OffsetQueries.MAX_TIMESTAMP;
        }
        if (spec instanceof OffsetSpec.EarliestLocal) {
            return OffsetQueries.EARLIEST_LOCAL;
        }
        if (spec instanceof OffsetSpec.LatestTiered) {
            return OffsetQueries.LATEST_TIERED;
        }
        if (spec instanceof OffsetSpec.EarliestPendingUpload) {
            return OffsetQueries.EARLIEST_PENDING_UPLOAD;
        }
        return spec instanceof OffsetSpec.Earliest ? OffsetQueries.EARLIEST : OffsetQueries.LATEST;
    }

    private static ListedOffset read(OffsetQueries.Found found) {
        return new ListedOffset(
                found.offset() < 0 ? OptionalLong.empty() : OptionalLong.of(found.offset()),
                found.timestampMs() < 0
                        ? OptionalLong.empty()
                        : OptionalLong.of(found.timestampMs()),
                found.leaderEpoch() < 0
                        ? OptionalInt.empty()
                        : OptionalInt.of(found.leaderEpoch()));
    }

    CompletableFuture<Map<TopicPartition, Long>> deleteRecords(
            Map<TopicPartition, Long> beforeOffsets) {
        Map<TopicPartition, Long> done = new HashMap<>();
        return calls.retrying(
                () -> {
                    Map<TopicPartition, Long> open = new HashMap<>(beforeOffsets);
                    open.keySet().removeAll(done.keySet());
                    List<String> topics =
                            open.keySet().stream().map(TopicPartition::topic).distinct().toList();
                    calls.cluster().metadata().want(topics);
                    return calls.cluster()
                            .metadata()
                            .await(
                                    view ->
                                            topics.stream()
                                                    .allMatch(name -> view.topic(name) != null),
                                    calls.timeoutMs(),
                                    "metadata of " + topics)
                            .thenCompose(view -> deleteRound(open, done));
                });
    }

    private CompletableFuture<Map<TopicPartition, Long>> deleteRound(
            Map<TopicPartition, Long> open, Map<TopicPartition, Long> done) {
        Map<Integer, Map<TopicPartition, Long>> byNode = new HashMap<>();
        open.forEach(
                (partition, offset) -> {
                    int leader =
                            calls.cluster()
                                    .metadata()
                                    .view()
                                    .leaderOf(partition)
                                    .orElseThrow(() -> homeless(partition));
                    byNode.computeIfAbsent(leader, node -> new HashMap<>()).put(partition, offset);
                });
        List<CompletableFuture<?>> parts = new ArrayList<>();
        byNode.forEach(
                (node, partitions) ->
                        parts.add(
                                Connections.orFail(
                                                calls.cluster()
                                                        .connections()
                                                        .send(node, deleteRequest(partitions)))
                                        .thenAccept(response -> takeDeleted(response, done))));
        return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new))
                .thenApply(end -> done);
    }

    private RuntimeException homeless(TopicPartition partition) {
        calls.cluster().metadata().requestUpdate();
        return AdminCalls.later(partition + ": no leader known");
    }

    private RequestFactory<DeleteRecordsResponse> deleteRequest(
            Map<TopicPartition, Long> partitions) {
        Map<String, List<DeleteRecordsPartition>> byTopic = new TreeMap<>();
        partitions.forEach(
                (partition, offset) ->
                        byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                                .add(
                                        new DeleteRecordsPartition()
                                                .partitionIndex(partition.partition())
                                                .offset(offset)));
        List<DeleteRecordsTopic> topics = new ArrayList<>();
        byTopic.forEach(
                (topic, list) -> topics.add(new DeleteRecordsTopic().name(topic).partitions(list)));
        return RequestFactory.of(
                new DeleteRecordsRequest().topics(topics).timeoutMs(calls.requestTimeoutMs()));
    }

    private void takeDeleted(DeleteRecordsResponse response, Map<TopicPartition, Long> done) {
        RuntimeException failure = null;
        for (var topic : response.topics()) {
            for (var partition : topic.partitions()) {
                TopicPartition at = new TopicPartition(topic.name(), partition.partitionIndex());
                ErrorCode error = ErrorCode.forCode(partition.errorCode());
                if (error == ErrorCode.NONE) {
                    done.put(at, partition.lowWatermark());
                } else if (failure == null || !error.retriable()) {
                    failure = Failures.of(error, at + ": deleting records");
                }
            }
        }
        if (failure != null) {
            calls.cluster().metadata().requestUpdate();
            throw failure;
        }
    }

    CompletableFuture<Map<Integer, List<LogDirDescription>>> describeLogDirs(
            Collection<Integer> brokers) {
        RequestFactory<DescribeLogDirsResponse> request =
                RequestFactory.of(new DescribeLogDirsRequest().topics(null));
        Map<Integer, List<LogDirDescription>> all = new HashMap<>();
        CompletableFuture<?> done = CompletableFuture.completedFuture(null);
        for (int broker : brokers) {
            done =
                    done.thenCombine(
                            calls.broker(broker, request, response -> read(broker, response)),
                            (before, found) -> all.put(broker, found));
        }
        return done.thenApply(end -> all);
    }

    private static List<LogDirDescription> read(int broker, DescribeLogDirsResponse response) {
        AdminCalls.check(
                response.errorCode(), null, "broker " + broker + ": describing log directories");
        return response.results().stream().map(LogAdmin::read).toList();
    }

    private static LogDirDescription read(DescribeLogDirsResult result) {
        Map<TopicPartition, LogDirDescription.Replica> replicas = new HashMap<>();
        for (var topic : result.topics()) {
            for (var partition : topic.partitions()) {
                replicas.put(
                        new TopicPartition(topic.name(), partition.partitionIndex()),
                        new LogDirDescription.Replica(
                                partition.partitionSize(),
                                partition.offsetLag(),
                                partition.isFutureKey()));
            }
        }
        ErrorCode error = ErrorCode.forCode(result.errorCode());
        return new LogDirDescription(
                result.logDir(),
                error.isError() ? Optional.of(error.message()) : Optional.empty(),
                size(result.totalBytes()),
                size(result.usableBytes()),
                replicas);
    }

    private static OptionalLong size(long wire) {
        return wire < 0 ? OptionalLong.empty() : OptionalLong.of(wire);
    }
}
