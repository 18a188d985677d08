package io.millrace.broker.share;

import io.millrace.broker.network.Requester;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ShareAcknowledgeRequest;
import io.millrace.protocol.message.ShareAcknowledgeResponse;
import io.millrace.protocol.message.ShareAcknowledgeResponse.ShareAcknowledgeTopicResponse;
import io.millrace.protocol.message.ShareFetchRequest;
import io.millrace.protocol.message.ShareFetchResponse;
import io.millrace.protocol.message.ShareFetchResponse.PartitionData;
import io.millrace.protocol.message.ShareFetchResponse.ShareFetchableTopicResponse;
import io.millrace.protocol.record.BufferRecords;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Answers ShareFetch and ShareAcknowledge: finds the session, applies the acknowledgements,
 * fetches, and puts both into one answer. Called on the connection's loop.
 */
public final class ShareRequests {
    private static final byte EXACTLY = 1;

    private final ShareSessions sessions;
    private final SharePartitions partitions;

    public ShareRequests(ShareSessions sessions) {
        this.sessions = sessions;
        this.partitions = sessions.partitions();
    }

    /** Fails with the error of the whole request. */
    public CompletableFuture<ShareFetchResponse> fetch(
            Requester client, ShareFetchRequest request) {
        checkFetch(request);
        ShareSession session =
                sessions.claim(
                        client, request.groupId(), request.memberId(), request.shareSessionEpoch());
        boolean last = request.shareSessionEpoch() == ShareSession.FINAL_EPOCH;
        ShareAcknowledgements acks = new ShareAcknowledgements(session, partitions);
        for (ShareFetchRequest.FetchTopic topic : request.topics()) {
            for (ShareFetchRequest.FetchPartition partition : topic.partitions()) {
                ShareSession.Target target =
                        new ShareSession.Target(topic.topicId(), partition.partitionIndex());
                if (!last) {
                    session.add(target);
                }
                for (ShareFetchRequest.AcknowledgementBatch batch :
                        partition.acknowledgementBatches()) {
                    acks.add(
                            target,
                            batch.firstOffset(),
                            batch.lastOffset(),
                            batch.acknowledgeTypes(),
                            request.isRenewAck() && renewals(session));
                }
            }
        }
        for (ShareFetchRequest.ForgottenTopic topic : request.forgottenTopicsData()) {
            topic.partitions()
                    .forEach(
                            index ->
                                    session.remove(
                                            new ShareSession.Target(topic.topicId(), index)));
        }
        boolean fetches = !last && !request.isRenewAck() && request.maxRecords() > 0;
        CompletableFuture<ShareFetchResponse> answer =
                acks.apply()
                        .thenCompose(
                                outcomes ->
                                        onLoop(client, outcomes)
                                                .thenCompose(
                                                        now ->
                                                                records(
                                                                        client, session, request,
                                                                        fetches))
                                                .thenApply(
                                                        found ->
                                                                respond(
                                                                        session,
                                                                        asked(request, found),
                                                                        outcomes)));
        answer.whenComplete((done, failure) -> end(session, last));
        return answer;
    }

    private static void checkFetch(ShareFetchRequest request) {
        boolean acknowledges =
                request.topics().stream()
                        .flatMap(topic -> topic.partitions().stream())
                        .anyMatch(partition -> !partition.acknowledgementBatches().isEmpty());
        if (request.shareSessionEpoch() == ShareSession.INITIAL_EPOCH && acknowledges) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUEST, "a new session holds no records to acknowledge");
        }
        if (request.isRenewAck() && (request.maxRecords() > 0 || request.maxBytes() > 0)) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUEST, "a request that renews locks fetches nothing");
        }
    }

    private CompletableFuture<Map<ShareSession.Target, PartitionData>> records(
            Requester client, ShareSession session, ShareFetchRequest request, boolean fetches) {
        if (!fetches) {
            return CompletableFuture.completedFuture(new LinkedHashMap<>());
        }
        return new PendingShareFetch(
                        client,
                        session,
                        partitions,
                        new PendingShareFetch.Wish(
                                request.maxWaitMs(),
                                request.maxBytes(),
                                request.maxRecords(),
                                request.shareAcquireMode() == EXACTLY))
                .start();
    }

    /** The first answer of a session names every partition, later ones those with something new. */
    private static Map<ShareSession.Target, PartitionData> asked(
            ShareFetchRequest request, Map<ShareSession.Target, PartitionData> found) {
        if (request.shareSessionEpoch() != ShareSession.INITIAL_EPOCH) {
            return found;
        }
        Map<ShareSession.Target, PartitionData> all = new LinkedHashMap<>();
        for (ShareFetchRequest.FetchTopic topic : request.topics()) {
            for (ShareFetchRequest.FetchPartition partition : topic.partitions()) {
                ShareSession.Target target =
                        new ShareSession.Target(topic.topicId(), partition.partitionIndex());
                all.put(target, empty(target));
            }
        }
        all.putAll(found);
        return all;
    }

    private static PartitionData empty(ShareSession.Target target) {
        return new PartitionData().partitionIndex(target.partition()).records(BufferRecords.EMPTY);
    }

    private ShareFetchResponse respond(
            ShareSession session,
            Map<ShareSession.Target, PartitionData> found,
            Map<ShareSession.Target, ShareAcknowledgements.Outcome> acknowledged) {
        Map<ShareSession.Target, PartitionData> all = new LinkedHashMap<>(found);
        acknowledged.forEach(
                (target, outcome) -> {
                    PartitionData data = all.computeIfAbsent(target, ShareRequests::empty);
                    data.acknowledgeErrorCode(outcome.error().code());
                    if (outcome.error() != ErrorCode.NONE) {
                        data.acknowledgeErrorMessage(outcome.message());
                    }
                });
        Map<UUID, ShareFetchableTopicResponse> topics = new LinkedHashMap<>();
        all.forEach(
                (target, data) ->
                        topics.computeIfAbsent(
                                        target.topicId(),
                                        id -> new ShareFetchableTopicResponse().topicId(id))
                                .partitions()
                                .add(data));
        return new ShareFetchResponse()
                .acquisitionLockTimeoutMs(lockDuration(session))
                .responses(java.util.List.copyOf(topics.values()));
    }

    /** Fails with the error of the whole request. */
    public CompletableFuture<ShareAcknowledgeResponse> acknowledge(
            ShareAcknowledgeRequest request) {
        ShareSession session =
                sessions.claimOpen(
                        request.groupId(), request.memberId(), request.shareSessionEpoch());
        boolean last = request.shareSessionEpoch() == ShareSession.FINAL_EPOCH;
        ShareAcknowledgements acks = new ShareAcknowledgements(session, partitions);
        for (ShareAcknowledgeRequest.AcknowledgeTopic topic : request.topics()) {
            for (ShareAcknowledgeRequest.AcknowledgePartition partition : topic.partitions()) {
                for (ShareAcknowledgeRequest.AcknowledgementBatch batch :
                        partition.acknowledgementBatches()) {
                    acks.add(
                            new ShareSession.Target(topic.topicId(), partition.partitionIndex()),
                            batch.firstOffset(),
                            batch.lastOffset(),
                            batch.acknowledgeTypes(),
                            request.isRenewAck() && renewals(session));
                }
            }
        }
        CompletableFuture<ShareAcknowledgeResponse> answer =
                acks.apply().thenApply(outcomes -> respond(session, outcomes));
        answer.whenComplete((done, failure) -> end(session, last));
        return answer;
    }

    private ShareAcknowledgeResponse respond(
            ShareSession session,
            Map<ShareSession.Target, ShareAcknowledgements.Outcome> acknowledged) {
        Map<UUID, ShareAcknowledgeTopicResponse> topics = new LinkedHashMap<>();
        acknowledged.forEach(
                (target, outcome) -> {
                    ShareAcknowledgeResponse.PartitionData data =
                            new ShareAcknowledgeResponse.PartitionData()
                                    .partitionIndex(target.partition())
                                    .errorCode(outcome.error().code());
                    if (outcome.error() != ErrorCode.NONE) {
                        data.errorMessage(outcome.message());
                    }
                    topics.computeIfAbsent(
                                    target.topicId(),
                                    id -> new ShareAcknowledgeTopicResponse().topicId(id))
                            .partitions()
                            .add(data);
                });
        return new ShareAcknowledgeResponse()
                .acquisitionLockTimeoutMs(lockDuration(session))
                .responses(java.util.List.copyOf(topics.values()));
    }

    private void end(ShareSession session, boolean last) {
        if (last) {
            sessions.releaseAll(session);
        }
        session.release();
    }

    private boolean renewals(ShareSession session) {
        return partitions.settingsOf(session.groupId()).renewals();
    }

    private int lockDuration(ShareSession session) {
        return partitions.settingsOf(session.groupId()).lockDurationMs();
    }

    private static <T> CompletableFuture<T> onLoop(Requester client, T value) {
        CompletableFuture<T> there = new CompletableFuture<>();
        client.execute(() -> there.complete(value));
        return there;
    }
}
