package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeTopicPartitionsRequest;
import io.millrace.protocol.message.DescribeTopicPartitionsRequest.TopicRequest;
import io.millrace.protocol.message.DescribeTopicPartitionsResponse;
import io.millrace.protocol.message.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Reads the states of partitions, page by page. */
final class PartitionStates {
    private final AdminCalls calls;

    PartitionStates(AdminCalls calls) {
        this.calls = calls;
    }

    /**
     * @param topics empty for all of the cluster
     */
    CompletableFuture<List<PartitionState>> describe(Collection<String> topics) {
        List<TopicRequest> wanted =
                topics.stream().sorted().map(name -> new TopicRequest().name(name)).toList();
        return page(wanted, null, new ArrayList<>());
    }

    private CompletableFuture<List<PartitionState>> page(
            List<TopicRequest> topics,
            DescribeTopicPartitionsRequest.@Nullable Cursor from,
            List<PartitionState> found) {
        RequestFactory<DescribeTopicPartitionsResponse> request =
                RequestFactory.of(new DescribeTopicPartitionsRequest().topics(topics).cursor(from));
        return calls.any(request, response -> response)
                .thenCompose(
                        response -> {
                            read(response, found);
                            var next = response.nextCursor();
                            return next == null
                                    ? CompletableFuture.completedFuture(found)
                                    : page(
                                            topics,
                                            new DescribeTopicPartitionsRequest.Cursor()
                                                    .topicName(next.topicName())
                                                    .partitionIndex(next.partitionIndex()),
                                            found);
                        });
    }

    private static void read(DescribeTopicPartitionsResponse response, List<PartitionState> found) {
        for (var topic : response.topics()) {
            AdminCalls.check(
                    topic.errorCode(), null, "topic " + topic.name() + ": describing partitions");
            String name = Objects.requireNonNullElse(topic.name(), "");
            for (var each : topic.partitions()) {
                ErrorCode error = ErrorCode.forCode(each.errorCode());
                TopicPartition at = new TopicPartition(name, each.partitionIndex());
                if (error.isError() && error != ErrorCode.LEADER_NOT_AVAILABLE) {
                    AdminCalls.check(each.errorCode(), null, at + ": describing it");
                }
                found.add(state(at, each));
            }
        }
    }

    private static PartitionState state(
            TopicPartition at, DescribeTopicPartitionsResponsePartition each) {
        return new PartitionState(
                at,
                each.leaderId() < 0 ? OptionalInt.empty() : OptionalInt.of(each.leaderId()),
                each.leaderEpoch(),
                each.replicaNodes(),
                each.isrNodes(),
                each.eligibleLeaderReplicas() == null ? List.of() : each.eligibleLeaderReplicas(),
                each.offlineReplicas());
    }
}
