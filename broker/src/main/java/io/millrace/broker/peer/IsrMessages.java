package io.millrace.broker.peer;

import io.millrace.broker.controller.IsrChange;
import io.millrace.broker.controller.IsrVerdict;
import io.millrace.broker.replication.IsrAnswer;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterPartitionRequest;
import io.millrace.protocol.message.AlterPartitionRequest.BrokerState;
import io.millrace.protocol.message.AlterPartitionResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Changes of in-sync replicas and what became of them, as AlterPartition carries them. */
final class IsrMessages {
    private IsrMessages() {}

    private record Key(UUID topicId, int index) {}

    static AlterPartitionRequest request(int brokerId, long brokerEpoch, List<IsrChange> changes) {
        Map<UUID, AlterPartitionRequest.TopicData> topics = new LinkedHashMap<>();
        for (IsrChange change : changes) {
            AlterPartitionRequest.TopicData topic =
                    topics.computeIfAbsent(
                            change.topicId(),
                            id ->
                                    new AlterPartitionRequest.TopicData()
                                            .topicId(id)
                                            .partitions(new ArrayList<>()));
            topic.partitions()
                    .add(
                            new AlterPartitionRequest.PartitionData()
                                    .partitionIndex(change.index())
                                    .leaderEpoch(change.leaderEpoch())
                                    .partitionEpoch(change.partitionEpoch())
                                    .newIsrWithEpochs(
                                            change.isr().stream()
                                                    .map(
                                                            member ->
                                                                    new BrokerState()
                                                                            .brokerId(
                                                                                    member
                                                                                            .brokerId())
                                                                            .brokerEpoch(
                                                                                    member
                                                                                            .brokerEpoch()))
                                                    .toList()));
        }
        return new AlterPartitionRequest()
                .brokerId(brokerId)
                .brokerEpoch(brokerEpoch)
                .topics(List.copyOf(topics.values()));
    }

    static List<IsrChange> changes(AlterPartitionRequest request) {
        List<IsrChange> changes = new ArrayList<>();
        for (AlterPartitionRequest.TopicData topic : request.topics()) {
            for (AlterPartitionRequest.PartitionData partition : topic.partitions()) {
                changes.add(
                        new IsrChange(
                                topic.topicId(),
                                partition.partitionIndex(),
                                partition.leaderEpoch(),
                                partition.partitionEpoch(),
                                partition.newIsrWithEpochs().stream()
                                        .map(
                                                member ->
                                                        new IsrChange.Member(
                                                                member.brokerId(),
                                                                member.brokerEpoch()))
                                        .toList()));
            }
        }
        return changes;
    }

    /** In the order of the changes. */
    static AlterPartitionResponse response(List<IsrChange> changes, List<IsrVerdict> verdicts) {
        Map<UUID, AlterPartitionResponse.TopicData> topics = new LinkedHashMap<>();
        for (int i = 0; i < changes.size(); i++) {
            IsrVerdict verdict = verdicts.get(i);
            AlterPartitionResponse.PartitionData partition =
                    new AlterPartitionResponse.PartitionData()
                            .partitionIndex(changes.get(i).index())
                            .errorCode(verdict.error().code());
            PartitionImage state = verdict.state();
            if (state != null) {
                partition
                        .leaderId(state.leader())
                        .leaderEpoch(state.leaderEpoch())
                        .isr(state.isr())
                        .partitionEpoch(state.partitionEpoch());
            }
            topics.computeIfAbsent(
                            changes.get(i).topicId(),
                            id ->
                                    new AlterPartitionResponse.TopicData()
                                            .topicId(id)
                                            .partitions(new ArrayList<>()))
                    .partitions()
                    .add(partition);
        }
        return new AlterPartitionResponse().topics(List.copyOf(topics.values()));
    }

    /** In the order of the changes; what the answer leaves out is unknown. */
    static List<IsrAnswer> answers(List<IsrChange> changes, AlterPartitionResponse response) {
        Map<Key, IsrAnswer> known = new HashMap<>();
        for (AlterPartitionResponse.TopicData topic : response.topics()) {
            for (AlterPartitionResponse.PartitionData partition : topic.partitions()) {
                ErrorCode error = ErrorCode.forCode(partition.errorCode());
                known.put(
                        new Key(topic.topicId(), partition.partitionIndex()),
                        error == ErrorCode.NONE
                                ? new IsrAnswer.Committed(
                                        partition.leaderEpoch(),
                                        partition.partitionEpoch(),
                                        partition.isr())
                                : IsrAnswer.ofError(error));
            }
        }
        return changes.stream()
                .map(
                        change ->
                                known.getOrDefault(
                                        new Key(change.topicId(), change.index()),
                                        new IsrAnswer.Unknown("the controller left it out")))
                .toList();
    }

    static IsrAnswer answer(IsrVerdict verdict) {
        PartitionImage state = verdict.state();
        return verdict.error() == ErrorCode.NONE && state != null
                ? new IsrAnswer.Committed(state.leaderEpoch(), state.partitionEpoch(), state.isr())
                : IsrAnswer.ofError(verdict.error());
    }
}
