package io.millrace.simulation.world.client;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.DeleteTopicsRequest;
import io.millrace.protocol.message.ElectLeadersRequest;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.simulation.history.Answer;
import io.millrace.simulation.history.Call;
import io.millrace.simulation.history.Isolation;
import io.millrace.simulation.history.Recorder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Makes the topics, and then does what operators do: elects leaders, makes and deletes topics. */
public final class Operator implements SimulatedClient {
    private static final int BACKOFF_MS = 300;

    private final Wire wire;
    private final Terms terms;
    private boolean stopped;
    private boolean ready;
    private int churned;
    private int underWay;

    /**
     * @param pauseMs mean time between two actions
     */
    public record Terms(
            String topic,
            int partitions,
            int replication,
            Map<String, String> config,
            int pauseMs) {
        public Terms {
            config = Map.copyOf(config);
        }
    }

    public Operator(ClientGround ground, Terms terms) {
        this.wire = new Wire(ground);
        this.terms = terms;
    }

    @Override
    public void start() {
        stopped = false;
        wire.ground().loop().post(ready ? this::act : this::makeTopic);
    }

    /** Whether the topic is there. */
    public boolean isReady() {
        return ready;
    }

    private void makeTopic() {
        create(terms.topic(), terms.partitions(), terms.config())
                .whenComplete(
                        (error, failure) -> {
                            if (error == ErrorCode.NONE
                                    || error == ErrorCode.TOPIC_ALREADY_EXISTS) {
                                ready = true;
                                act();
                            } else {
                                wire.ground().soon(BACKOFF_MS, this::makeTopic);
                            }
                        });
    }

    private CompletableFuture<ErrorCode> create(
            String topic, int partitions, Map<String, String> config) {
        CreateTopicsRequest.CreatableTopic wanted =
                new CreateTopicsRequest.CreatableTopic()
                        .name(topic)
                        .numPartitions(partitions)
                        .replicationFactor((short) terms.replication())
                        .configs(
                                config.entrySet().stream()
                                        .sorted(Map.Entry.comparingByKey())
                                        .map(
                                                entry ->
                                                        new CreateTopicsRequest
                                                                        .CreatableTopicConfig()
                                                                .name(entry.getKey())
                                                                .value(entry.getValue()))
                                        .toList());
        return wire.askAnyone(new CreateTopicsRequest().topics(List.of(wanted)).timeoutMs(10_000))
                .thenApply(response -> ErrorCode.forCode(response.topics().get(0).errorCode()));
    }

    private void act() {
        if (stopped) {
            return;
        }
        wire.ground()
                .soon(
                        terms.pauseMs(),
                        () -> {
                            if (!stopped) {
                                choose().whenComplete((done, failure) -> act());
                            }
                        });
    }

    private CompletableFuture<?> choose() {
        return switch (wire.ground().random().nextInt(6)) {
            case 0 -> churn();
            case 1 -> elect();
            default -> listOffsets();
        };
    }

    /** A topic that comes and goes: nobody reads it, but its logs must be gone as well. */
    private CompletableFuture<?> churn() {
        String topic = "churn-" + churned++;
        return create(topic, 1 + wire.ground().random().nextInt(3), Map.of())
                .thenCompose(
                        error ->
                                wire.askAnyone(
                                        new DeleteTopicsRequest()
                                                .topics(
                                                        List.of(
                                                                new DeleteTopicsRequest
                                                                                .DeleteTopicState()
                                                                        .name(topic)))
                                                .timeoutMs(10_000)));
    }

    private CompletableFuture<?> elect() {
        return wire.askAnyone(
                new ElectLeadersRequest()
                        .electionType((byte) 0)
                        .topicPartitions(null)
                        .timeoutMs(10_000));
    }

    private CompletableFuture<?> listOffsets() {
        int partition = wire.ground().random().nextInt(terms.partitions());
        Wire.Leader leader = wire.leader(terms.topic(), partition);
        if (leader == null) {
            return wire.refresh(terms.topic());
        }
        boolean committed = wire.ground().random().nextInt(2) == 0;
        Recorder history = wire.ground().history();
        String name = wire.ground().name();
        long operation =
                history.invoke(
                        name,
                        new Call.ListOffsets(
                                terms.topic() + "-" + partition,
                                committed ? Isolation.READ_COMMITTED : Isolation.READ_UNCOMMITTED,
                                Call.ListOffsets.LATEST));
        underWay++;
        ListOffsetsRequest request =
                new ListOffsetsRequest()
                        .replicaId(-1)
                        .isolationLevel((byte) (committed ? 1 : 0))
                        .topics(
                                List.of(
                                        new ListOffsetsRequest.ListOffsetsTopic()
                                                .name(terms.topic())
                                                .partitions(
                                                        List.of(
                                                                new ListOffsetsRequest
                                                                                .ListOffsetsPartition()
                                                                        .partitionIndex(partition)
                                                                        .currentLeaderEpoch(
                                                                                leader.epoch())
                                                                        .timestamp(-1)))));
        return wire.ask(leader.broker(), request)
                .thenApply(response -> response.topics().get(0).partitions().get(0))
                .whenComplete(
                        (answer, failure) -> {
                            underWay--;
                            if (answer == null || answer.errorCode() != 0) {
                                history.fail(name, operation, reason(answer == null, failure));
                                wire.refresh(terms.topic());
                            } else if (wire.ground().truth().leader(terms.topic(), partition)
                                    != leader.broker()) {
                                history.info(name, operation, "answered by a deposed leader");
                            } else {
                                history.ok(
                                        name,
                                        operation,
                                        new Answer.Offset(answer.offset(), answer.leaderEpoch()));
                            }
                        });
    }

    private static String reason(boolean lost, @Nullable Throwable failure) {
        return lost ? String.valueOf(failure) : "refused";
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public boolean isIdle() {
        return underWay == 0;
    }

    @Override
    public String toString() {
        return wire.ground().name() + (ready ? "" : " (topic not made)");
    }
}
