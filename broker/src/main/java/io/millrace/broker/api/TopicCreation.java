package io.millrace.broker.api;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.CreatedTopic;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.group.GroupConfig;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.share.ShareConfig;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.broker.txn.TransactionConfig;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Creates topics that somebody needs and nobody created: on demand of a client that may, and the
 * broker's own. Requests for a topic that is being created share one creation. From any thread.
 */
public final class TopicCreation {
    private final ControllerApi controller;
    private final MetadataView metadata;
    private final GroupConfig groups;
    private final TransactionConfig transactions;
    private final ShareConfig shares;
    private final boolean onDemand;
    private final Predicate<String> isConfigured;
    private final ConcurrentHashMap<String, CompletableFuture<ErrorCode>> creating =
            new ConcurrentHashMap<>();

    /**
     * @param onDemand whether clients may have topics created by using them
     * @param isConfigured whether the broker's file names a key
     */
    public TopicCreation(
            ControllerApi controller,
            MetadataView metadata,
            GroupConfig groups,
            TransactionConfig transactions,
            ShareConfig shares,
            boolean onDemand,
            Predicate<String> isConfigured) {
        this.isConfigured = isConfigured;
        this.controller = controller;
        this.metadata = metadata;
        this.groups = groups;
        this.transactions = transactions;
        this.shares = shares;
        this.onDemand = onDemand;
    }

    /** Whether a client's use of a missing topic creates it. */
    boolean onDemand() {
        return onDemand;
    }

    /** Creates a topic that a client uses; NONE also if it is there by now. */
    CompletableFuture<ErrorCode> create(String topic) {
        if (topic.equals(GroupCoordinator.OFFSETS_TOPIC)) {
            return createOffsetsTopic();
        }
        if (topic.equals(TransactionCoordinator.TOPIC)) {
            return createTransactionTopic();
        }
        if (topic.equals(ShareStateCoordinator.TOPIC)) {
            return createShareStateTopic();
        }
        return once(topic, () -> NewTopic.withDefaults(topic));
    }

    /** Makes sure that groups have a place to be kept. */
    CompletableFuture<ErrorCode> createOffsetsTopic() {
        String topic = GroupCoordinator.OFFSETS_TOPIC;
        if (metadata.image().topic(topic) != null) {
            return CompletableFuture.completedFuture(ErrorCode.NONE);
        }
        return once(
                topic,
                () ->
                        NewTopic.sized(
                                topic,
                                groups.offsetsTopicPartitions(),
                                replicas(
                                        "offsets.topic.replication.factor",
                                        groups.offsetsTopicReplicationFactor()),
                                Map.of(
                                        "cleanup.policy",
                                        "compact",
                                        "compression.type",
                                        "producer",
                                        "segment.bytes",
                                        Integer.toString(groups.offsetsTopicSegmentBytes()))));
    }

    /** Makes sure that transactional ids have a place to be kept. */
    CompletableFuture<ErrorCode> createTransactionTopic() {
        String topic = TransactionCoordinator.TOPIC;
        if (metadata.image().topic(topic) != null) {
            return CompletableFuture.completedFuture(ErrorCode.NONE);
        }
        int replicas =
                replicas(
                        "transaction.state.log.replication.factor",
                        transactions.topicReplicationFactor());
        return once(
                topic,
                () ->
                        NewTopic.sized(
                                topic,
                                transactions.topicPartitions(),
                                replicas,
                                Map.of(
                                        "cleanup.policy",
                                        "compact",
                                        "compression.type",
                                        "uncompressed",
                                        "unclean.leader.election.enable",
                                        "false",
                                        "min.insync.replicas",
                                        Integer.toString(
                                                Math.min(
                                                        replicas,
                                                        transactions.topicMinInsyncReplicas())),
                                        "segment.bytes",
                                        Integer.toString(transactions.topicSegmentBytes()))));
    }

    /** Makes sure that deliveries of share groups have a place to be kept. */
    CompletableFuture<ErrorCode> createShareStateTopic() {
        String topic = ShareStateCoordinator.TOPIC;
        if (metadata.image().topic(topic) != null) {
            return CompletableFuture.completedFuture(ErrorCode.NONE);
        }
        int replicas =
                replicas(
                        "share.coordinator.state.topic.replication.factor",
                        shares.topicReplicationFactor());
        return once(
                topic,
                () ->
                        NewTopic.sized(
                                topic,
                                shares.topicPartitions(),
                                replicas,
                                Map.of(
                                        "cleanup.policy",
                                        "compact",
                                        "compression.type",
                                        "uncompressed",
                                        "min.insync.replicas",
                                        Integer.toString(
                                                Math.min(
                                                        replicas, shares.topicMinInsyncReplicas())),
                                        "segment.bytes",
                                        Integer.toString(shares.topicSegmentBytes()))));
    }

    /**
     * As many replicas as the file says: the topic is not created before there are so many brokers,
     * as in Kafka. Where the file says nothing, the default or as many as there are brokers, so
     * that one broker alone can be used as it comes.
     */
    private int replicas(String key, int wanted) {
        if (isConfigured.test(key)) {
            return wanted;
        }
        return Math.min(wanted, Math.max(1, metadata.image().brokers().size()));
    }

    private CompletableFuture<ErrorCode> once(String topic, Supplier<NewTopic> wanted) {
        CompletableFuture<ErrorCode> mine = new CompletableFuture<>();
        CompletableFuture<ErrorCode> running = creating.putIfAbsent(topic, mine);
        if (running != null) {
            return running;
        }
        controller
                .createTopics(List.of(wanted.get()), false)
                .whenComplete(
                        (results, failure) -> {
                            creating.remove(topic);
                            mine.complete(failure == null ? outcome(results) : codeOf(failure));
                        });
        return mine;
    }

    private static ErrorCode outcome(List<AdminResult<CreatedTopic>> results) {
        if (results.get(0) instanceof AdminResult.Rejected<CreatedTopic> rejected) {
            return rejected.error() == ErrorCode.TOPIC_ALREADY_EXISTS
                    ? ErrorCode.NONE
                    : rejected.error();
        }
        return ErrorCode.NONE;
    }

    private static ErrorCode codeOf(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        // The client asks again: another controller, or the same later, will do it.
        return cause instanceof ApiException api && !api.error().retriable()
                ? api.error()
                : ErrorCode.LEADER_NOT_AVAILABLE;
    }
}
