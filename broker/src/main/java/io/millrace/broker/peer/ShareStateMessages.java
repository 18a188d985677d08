package io.millrace.broker.peer;

import io.millrace.broker.share.ShareKey;
import io.millrace.broker.share.ShareState;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ReadShareGroupStateRequest;
import io.millrace.protocol.message.ReadShareGroupStateResponse;
import io.millrace.protocol.message.ReadShareGroupStateResponse.PartitionResult;
import io.millrace.protocol.message.ReadShareGroupStateResponse.ReadStateResult;
import io.millrace.protocol.message.WriteShareGroupStateRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * States of share-partitions as the messages of Kafka's share-state persister carry them (KIP-932).
 * One convention is ours: reading without topics asks for all that is recorded of the group there.
 * A state that was never recorded has epoch -1.
 */
final class ShareStateMessages {
    private static final int NEVER_RECORDED = -1;

    /** The messages do not say who wrote last; nobody may be taken for newer. */
    private static final int UNKNOWN_LEADER_EPOCH = -1;

    private ShareStateMessages() {}

    static ReadShareGroupStateRequest read(ShareKey key) {
        return new ReadShareGroupStateRequest()
                .groupId(key.groupId())
                .topics(
                        List.of(
                                new ReadShareGroupStateRequest.ReadStateData()
                                        .topicId(key.topicId())
                                        .partitions(
                                                List.of(
                                                        new ReadShareGroupStateRequest
                                                                        .PartitionData()
                                                                .partition(key.partition())))));
    }

    static ReadShareGroupStateRequest readAll(String groupId) {
        return new ReadShareGroupStateRequest().groupId(groupId).topics(List.of());
    }

    static ReadShareGroupStateResponse states(Map<ShareKey, ShareState> states) {
        List<ReadStateResult> results = new ArrayList<>();
        states.forEach(
                (key, state) ->
                        results.add(
                                new ReadStateResult()
                                        .topicId(key.topicId())
                                        .partitions(List.of(result(key, state)))));
        return new ReadShareGroupStateResponse().results(results);
    }

    private static PartitionResult result(ShareKey key, ShareState state) {
        return new PartitionResult()
                .partition(key.partition())
                .stateEpoch(state.stateEpoch())
                .startOffset(state.startOffset())
                .stateBatches(
                        state.batches().stream()
                                .map(
                                        batch ->
                                                new ReadShareGroupStateResponse.StateBatch()
                                                        .firstOffset(batch.firstOffset())
                                                        .lastOffset(batch.lastOffset())
                                                        .deliveryState(batch.state())
                                                        .deliveryCount(batch.deliveries()))
                                .toList());
    }

    static ReadShareGroupStateResponse never(ShareKey key) {
        return new ReadShareGroupStateResponse()
                .results(
                        List.of(
                                new ReadStateResult()
                                        .topicId(key.topicId())
                                        .partitions(
                                                List.of(
                                                        new PartitionResult()
                                                                .partition(key.partition())
                                                                .stateEpoch(NEVER_RECORDED)
                                                                .startOffset(
                                                                        ShareState.UNDECIDED)))));
    }

    static ReadShareGroupStateResponse failed(ReadShareGroupStateRequest request, ErrorCode error) {
        return new ReadShareGroupStateResponse()
                .results(
                        List.of(
                                new ReadStateResult()
                                        .topicId(
                                                request.topics().isEmpty()
                                                        ? new java.util.UUID(0, 0)
                                                        : request.topics().get(0).topicId())
                                        .partitions(
                                                List.of(
                                                        new PartitionResult()
                                                                .errorCode(error.code())))));
    }

    /** What was recorded, by share-partition. Throws if one could not be read. */
    static Map<ShareKey, ShareState> states(String groupId, ReadShareGroupStateResponse response) {
        Map<ShareKey, ShareState> states = new HashMap<>();
        for (ReadStateResult topic : response.results()) {
            for (PartitionResult partition : topic.partitions()) {
                if (partition.errorCode() != ErrorCode.NONE.code()) {
                    throw new io.millrace.protocol.error.ApiException(
                            ErrorCode.forCode(partition.errorCode()));
                }
                if (partition.stateEpoch() != NEVER_RECORDED) {
                    states.put(
                            new ShareKey(groupId, topic.topicId(), partition.partition()),
                            state(partition));
                }
            }
        }
        return states;
    }

    private static ShareState state(PartitionResult partition) {
        return new ShareState(
                partition.stateEpoch(),
                UNKNOWN_LEADER_EPOCH,
                partition.startOffset(),
                partition.stateBatches().stream()
                        .map(
                                batch ->
                                        new ShareState.StateBatch(
                                                batch.firstOffset(),
                                                batch.lastOffset(),
                                                batch.deliveryState(),
                                                batch.deliveryCount()))
                        .toList());
    }

    static WriteShareGroupStateRequest write(ShareKey key, ShareState changed) {
        return new WriteShareGroupStateRequest()
                .groupId(key.groupId())
                .topics(
                        List.of(
                                new WriteShareGroupStateRequest.WriteStateData()
                                        .topicId(key.topicId())
                                        .partitions(List.of(data(key, changed)))));
    }

    private static WriteShareGroupStateRequest.PartitionData data(
            ShareKey key, ShareState changed) {
        return new WriteShareGroupStateRequest.PartitionData()
                .partition(key.partition())
                .stateEpoch(changed.stateEpoch())
                .leaderEpoch(changed.leaderEpoch())
                .startOffset(changed.startOffset())
                .stateBatches(
                        changed.batches().stream()
                                .map(
                                        batch ->
                                                new WriteShareGroupStateRequest.StateBatch()
                                                        .firstOffset(batch.firstOffset())
                                                        .lastOffset(batch.lastOffset())
                                                        .deliveryState(batch.state())
                                                        .deliveryCount(batch.deliveries()))
                                .toList());
    }

    static ShareState changed(WriteShareGroupStateRequest.PartitionData data) {
        return new ShareState(
                data.stateEpoch(),
                data.leaderEpoch(),
                data.startOffset(),
                data.stateBatches().stream()
                        .map(
                                batch ->
                                        new ShareState.StateBatch(
                                                batch.firstOffset(),
                                                batch.lastOffset(),
                                                batch.deliveryState(),
                                                batch.deliveryCount()))
                        .toList());
    }
}
