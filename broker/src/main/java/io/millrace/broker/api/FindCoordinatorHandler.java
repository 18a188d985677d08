package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.share.ShareKey;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.record.Endpoint;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.FindCoordinatorResponse;
import io.millrace.protocol.message.FindCoordinatorResponse.Coordinator;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Tells which broker coordinates a group or a transactional id: the leader of its partition of the
 * internal topic, which is created the first time somebody asks; likewise of a share-partition.
 */
public final class FindCoordinatorHandler
        implements ApiHandler<FindCoordinatorRequest, FindCoordinatorResponse> {
    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;
    private static final byte SHARE = 2;
    private static final int FIRST_VERSION_WITH_SHARE = 6;
    private static final int FIRST_VERSION_WITH_BATCHES = 4;
    private static final int NOBODY = -1;

    private final MetadataView metadata;
    private final GroupCoordinator groups;
    private final TransactionCoordinator transactions;
    private final ShareStateCoordinator shares;
    private final TopicCreation creation;

    public FindCoordinatorHandler(
            MetadataView metadata,
            GroupCoordinator groups,
            TransactionCoordinator transactions,
            ShareStateCoordinator shares,
            TopicCreation creation) {
        this.metadata = metadata;
        this.groups = groups;
        this.transactions = transactions;
        this.shares = shares;
        this.creation = creation;
    }

    @Override
    public CompletableFuture<FindCoordinatorResponse> handle(
            RequestContext context, FindCoordinatorRequest request) {
        byte type = request.keyType();
        boolean known =
                type == GROUP
                        || type == TRANSACTION
                        || (type == SHARE && context.version() >= FIRST_VERSION_WITH_SHARE);
        if (!known || (type == SHARE && !ShareKey.areAll(keys(context, request)))) {
            return CompletableFuture.completedFuture(
                    failure(
                            context,
                            request,
                            ErrorCode.INVALID_REQUEST,
                            "key type "
                                    + type
                                    + ": groups (0), transactional ids (1) and share-partitions (2,"
                                    + " from version 6, as group:topicId:partition) are"
                                    + " coordinated"));
        }
        CompletableFuture<ErrorCode> there =
                switch (type) {
                    case TRANSACTION -> creation.createTransactionTopic();
                    case SHARE -> creation.createShareStateTopic();
                    default -> creation.createOffsetsTopic();
                };
        return there.thenApply(created -> answer(context, request, created));
    }

    @Override
    public FindCoordinatorResponse failure(
            RequestContext context, FindCoordinatorRequest request, ErrorCode error, String why) {
        List<Coordinator> all = new ArrayList<>();
        for (String key : keys(context, request)) {
            all.add(nobody(key, error).errorMessage(why));
        }
        return respond(context, all);
    }

    private FindCoordinatorResponse answer(
            RequestContext context, FindCoordinatorRequest request, ErrorCode created) {
        List<Coordinator> all = new ArrayList<>();
        for (String key : keys(context, request)) {
            if (created == ErrorCode.NONE) {
                all.add(find(request.keyType(), key, context.client().listener()));
            } else {
                all.add(
                        nobody(key, ErrorCode.COORDINATOR_NOT_AVAILABLE)
                                .errorMessage("the internal topic: " + created.message()));
            }
        }
        return respond(context, all);
    }

    private Coordinator find(byte type, String key, String listener) {
        MetadataImage image = metadata.image();
        PartitionImage partition =
                switch (type) {
                    case TRANSACTION ->
                            image.partition(
                                    TransactionCoordinator.TOPIC, transactions.partitionOf(key));
                    case SHARE ->
                            image.partition(ShareStateCoordinator.TOPIC, shares.partitionOf(key));
                    default ->
                            image.partition(
                                    GroupCoordinator.OFFSETS_TOPIC, groups.partitionOf(key));
                };
        if (partition == null || !partition.hasLeader()) {
            return nobody(key, ErrorCode.COORDINATOR_NOT_AVAILABLE);
        }
        BrokerImage leader = image.broker(partition.leader());
        Optional<Endpoint> endpoint =
                leader == null || leader.fenced() ? Optional.empty() : leader.endpoint(listener);
        return endpoint.map(
                        at ->
                                new Coordinator()
                                        .key(key)
                                        .nodeId(partition.leader())
                                        .host(at.host())
                                        .port(at.port()))
                .orElseGet(() -> nobody(key, ErrorCode.COORDINATOR_NOT_AVAILABLE));
    }

    private static Coordinator nobody(String key, ErrorCode why) {
        return new Coordinator()
                .key(key)
                .nodeId(NOBODY)
                .host("")
                .port(NOBODY)
                .errorCode(why.code())
                .errorMessage(why.message());
    }

    private static List<String> keys(RequestContext context, FindCoordinatorRequest request) {
        return context.version() < FIRST_VERSION_WITH_BATCHES
                ? List.of(request.key())
                : request.coordinatorKeys();
    }

    private static FindCoordinatorResponse respond(RequestContext context, List<Coordinator> all) {
        if (context.version() >= FIRST_VERSION_WITH_BATCHES) {
            return new FindCoordinatorResponse().coordinators(all);
        }
        Coordinator only = all.get(0);
        return new FindCoordinatorResponse()
                .errorCode(only.errorCode())
                .errorMessage(only.errorMessage())
                .nodeId(only.nodeId())
                .host(only.host())
                .port(only.port());
    }
}
