package io.millrace.broker.peer;

import io.millrace.broker.controller.BeatAnswer;
import io.millrace.broker.controller.BrokerBeat;
import io.millrace.broker.controller.BrokerJoin;
import io.millrace.broker.controller.NewTopic;
import io.millrace.metadata.record.Endpoint;
import io.millrace.metadata.record.LevelRange;
import io.millrace.protocol.message.BrokerHeartbeatRequest;
import io.millrace.protocol.message.BrokerHeartbeatResponse;
import io.millrace.protocol.message.BrokerRegistrationRequest;
import io.millrace.protocol.message.BrokerRegistrationRequest.Feature;
import io.millrace.protocol.message.BrokerRegistrationRequest.Listener;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableReplicaAssignment;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** What a broker asks of the controller for itself, in Kafka's messages, both ways. */
final class ControllerMessages {
    private static final int NONE = -1;
    private static final int CREATE_TIMEOUT_MS = 10_000;

    private ControllerMessages() {}

    /**
     * The data directory is the first of the directories. The cluster's id is left out: both found
     * each other in the same metadata log.
     */
    static BrokerRegistrationRequest of(BrokerJoin join) {
        List<UUID> directories = new ArrayList<>();
        directories.add(join.directoryId());
        join.directories().stream()
                .filter(directory -> !directory.equals(join.directoryId()))
                .forEach(directories::add);
        return new BrokerRegistrationRequest()
                .brokerId(join.brokerId())
                .clusterId("")
                .incarnationId(join.incarnation())
                .listeners(
                        join.endpoints().stream()
                                .map(
                                        at ->
                                                new Listener()
                                                        .name(at.listener())
                                                        .host(at.host())
                                                        .port(at.port())
                                                        .securityProtocol(
                                                                (short) at.securityProtocol()))
                                .toList())
                .features(
                        join.features().entrySet().stream()
                                .map(
                                        feature ->
                                                new Feature()
                                                        .name(feature.getKey())
                                                        .minSupportedVersion(
                                                                (short) feature.getValue().lowest())
                                                        .maxSupportedVersion(
                                                                (short)
                                                                        feature.getValue()
                                                                                .highest()))
                                .toList())
                .rack(join.rack().orElse(null))
                .logDirs(directories)
                .previousBrokerEpoch(join.cleanShutdownEpoch().orElse(NONE));
    }

    static BrokerJoin read(BrokerRegistrationRequest request) {
        SortedMap<String, LevelRange> features = new TreeMap<>();
        for (Feature feature : request.features()) {
            features.put(
                    feature.name(),
                    new LevelRange(feature.minSupportedVersion(), feature.maxSupportedVersion()));
        }
        long clean = request.previousBrokerEpoch();
        return new BrokerJoin(
                request.brokerId(),
                request.incarnationId(),
                request.logDirs().get(0),
                request.listeners().stream()
                        .map(
                                at ->
                                        new Endpoint(
                                                at.name(),
                                                at.host(),
                                                at.port(),
                                                at.securityProtocol()))
                        .toList(),
                Optional.ofNullable(request.rack()),
                clean == NONE ? OptionalLong.empty() : OptionalLong.of(clean),
                request.logDirs(),
                features);
    }

    static BrokerHeartbeatRequest of(BrokerBeat beat) {
        return new BrokerHeartbeatRequest()
                .brokerId(beat.brokerId())
                .brokerEpoch(beat.brokerEpoch())
                .currentMetadataOffset(beat.metadataOffset())
                .wantFence(beat.wantsFence())
                .wantShutDown(beat.wantsShutdown())
                .offlineLogDirs(beat.failedDirectories());
    }

    static BrokerBeat read(BrokerHeartbeatRequest request) {
        return new BrokerBeat(
                request.brokerId(),
                request.brokerEpoch(),
                request.currentMetadataOffset(),
                request.wantFence(),
                request.wantShutDown(),
                request.offlineLogDirs());
    }

    static BrokerHeartbeatResponse of(BeatAnswer answer) {
        return new BrokerHeartbeatResponse()
                .isCaughtUp(answer.caughtUp())
                .isFenced(answer.fenced())
                .shouldShutDown(answer.mayStop());
    }

    static BeatAnswer read(BrokerHeartbeatResponse response) {
        return new BeatAnswer(
                response.isCaughtUp(), response.isFenced(), response.shouldShutDown());
    }

    /** Topics that a broker needs, as a client would ask for them. */
    static CreateTopicsRequest of(List<NewTopic> topics, boolean validateOnly) {
        return new CreateTopicsRequest()
                .timeoutMs(CREATE_TIMEOUT_MS)
                .validateOnly(validateOnly)
                .topics(topics.stream().map(ControllerMessages::of).toList());
    }

    private static CreatableTopic of(NewTopic topic) {
        List<CreatableReplicaAssignment> assignments = new ArrayList<>();
        topic.assignment()
                .forEach(
                        (index, replicas) ->
                                assignments.add(
                                        new CreatableReplicaAssignment()
                                                .partitionIndex(index)
                                                .brokerIds(replicas)));
        List<CreatableTopicConfig> configs = new ArrayList<>();
        new TreeMap<>(topic.configs())
                .forEach(
                        (name, value) ->
                                configs.add(new CreatableTopicConfig().name(name).value(value)));
        return new CreatableTopic()
                .name(topic.name())
                .numPartitions(topic.partitionCount().orElse(NONE))
                .replicationFactor((short) topic.replicationFactor().orElse(NONE))
                .assignments(assignments)
                .configs(configs);
    }
}
