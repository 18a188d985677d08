package io.millrace.simulation.world.client;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.EndTxnRequest;
import io.millrace.protocol.message.EndTxnResponse;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.InitProducerIdResponse;
import io.millrace.simulation.history.Answer;
import io.millrace.simulation.history.Call;
import io.millrace.simulation.history.Recorder;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes transactions over several partitions, commits most of them, aborts some, and now and then
 * dies in the middle and comes back under the same transactional id.
 */
public final class TransactionalProducer implements SimulatedClient {
    private static final int PATIENCE_MS = 60_000;
    private static final int BACKOFF_MS = 200;

    private final Wire wire;
    private final Terms terms;
    private final TreeMap<Integer, SendLane> lanes = new TreeMap<>();
    private String session = "";
    private long producerId = -1;
    private short producerEpoch = -1;
    private int sessions;
    private int transactions;
    private long values;
    private int life;
    private @Nullable String transaction;
    private String lastProblem = "";
    private boolean stopped;
    private boolean idle = true;

    /**
     * @param pauseMs mean time between two steps
     * @param crashPerThousand how often it dies instead of ending a transaction
     */
    public record Terms(
            String topic,
            int partitions,
            int pauseMs,
            int timeoutMs,
            int abortPerThousand,
            int crashPerThousand) {}

    public TransactionalProducer(ClientGround ground, Terms terms) {
        this.wire = new Wire(ground);
        this.terms = terms;
    }

    @Override
    public void start() {
        wire.ground().loop().post(this::open);
    }

    private String transactionalId() {
        return "tx." + wire.ground().name();
    }

    /** A new life under the same id: whatever the last one left open is aborted by this. */
    private void open() {
        int mine = ++life;
        lanes.clear();
        transaction = null;
        if (stopped) {
            idle = true;
            return;
        }
        idle = false;
        session = wire.ground().name() + "/" + ++sessions;
        long operation = history().invoke(name(), new Call.Init(transactionalId(), session));
        init(mine, operation);
    }

    private void init(int mine, long operation) {
        InitProducerIdRequest request =
                new InitProducerIdRequest()
                        .transactionalId(transactionalId())
                        .transactionTimeoutMs(terms.timeoutMs());
        wire.coordinator(Wire.TRANSACTION, transactionalId())
                .thenCompose(broker -> wire.ask(broker, request))
                .whenComplete((response, failure) -> onInit(mine, operation, response));
    }

    private void onInit(int mine, long operation, @Nullable InitProducerIdResponse response) {
        if (mine != life) {
            return;
        }
        if (response == null || response.errorCode() != 0) {
            wire.forgetCoordinator(Wire.TRANSACTION, transactionalId());
            ErrorCode error =
                    response == null
                            ? ErrorCode.NETWORK_EXCEPTION
                            : ErrorCode.forCode(response.errorCode());
            lastProblem = "init: " + error;
            if (error == ErrorCode.PRODUCER_FENCED || error == ErrorCode.INVALID_PRODUCER_EPOCH) {
                history().info(name(), operation, error.name());
                wire.ground().soon(BACKOFF_MS, this::open);
                return;
            }
            wire.ground().soon(BACKOFF_MS, () -> init(mine, operation));
            return;
        }
        producerId = response.producerId();
        producerEpoch = response.producerEpoch();
        history().ok(name(), operation, new Answer.Initialised(producerId, producerEpoch));
        begin();
    }

    private void begin() {
        lanes.clear();
        transaction = null;
        if (stopped) {
            idle = true;
            return;
        }
        idle = false;
        int mine = life;
        transaction = session + ".t" + ++transactions;
        step(mine, 1 + wire.ground().random().nextInt(4));
    }

    private void step(int mine, int left) {
        wire.ground()
                .soon(
                        terms.pauseMs(),
                        () -> {
                            if (mine != life) {
                                return;
                            }
                            if (left == 0) {
                                decide(mine);
                                return;
                            }
                            write();
                            step(mine, left - 1);
                        });
    }

    private void write() {
        int partition = wire.ground().random().nextInt(terms.partitions());
        int mine = life;
        String now = transaction;
        SendLane lane =
                lanes.computeIfAbsent(
                        partition,
                        key ->
                                new SendLane(
                                        wire,
                                        new SendLane.Session(
                                                session,
                                                producerId,
                                                producerEpoch,
                                                transactionalId()),
                                        terms.topic(),
                                        key,
                                        1,
                                        PATIENCE_MS,
                                        why -> lost(mine, now)));
        List<String> batch = new ArrayList<>();
        int count = 1 + wire.ground().random().nextInt(3);
        for (int i = 0; i < count; i++) {
            batch.add(name() + ":" + values++);
        }
        lane.send(batch, now);
    }

    /** A batch was refused for good: the whole session ends, the next one aborts what is open. */
    private void lost(int mine, @Nullable String of) {
        if (mine == life && of != null && of.equals(transaction)) {
            abandon("a batch was refused");
        }
    }

    private void abandon(String why) {
        List<SendLane> old = List.copyOf(lanes.values());
        life++;
        lanes.clear();
        transaction = null;
        old.forEach(lane -> lane.end(why));
        wire.ground().soon(BACKOFF_MS, this::open);
    }

    private void decide(int mine) {
        if (wire.ground().random().nextInt(1_000) < terms.crashPerThousand()) {
            wire.closeAll();
            abandon("the client died");
            return;
        }
        if (!lanes.values().stream().allMatch(SendLane::isIdle)) {
            wire.ground().soon(BACKOFF_MS, () -> decideIfAlive(mine));
            return;
        }
        String ended = transaction;
        if (ended == null || lanes.isEmpty()) {
            begin();
            return;
        }
        boolean commit = wire.ground().random().nextInt(1_000) >= terms.abortPerThousand();
        long operation = history().invoke(name(), new Call.End(ended, session, commit));
        end(mine, operation, commit);
    }

    private void decideIfAlive(int mine) {
        if (mine == life) {
            decide(mine);
        }
    }

    private void end(int mine, long operation, boolean commit) {
        EndTxnRequest request =
                new EndTxnRequest()
                        .transactionalId(transactionalId())
                        .producerId(producerId)
                        .producerEpoch(producerEpoch)
                        .committed(commit);
        wire.coordinator(Wire.TRANSACTION, transactionalId())
                .thenCompose(broker -> wire.ask(broker, request))
                .whenComplete((response, failure) -> onEnd(mine, operation, commit, response));
    }

    private void onEnd(
            int mine, long operation, boolean commit, @Nullable EndTxnResponse response) {
        if (mine != life) {
            history().info(name(), operation, "the client went on without the answer");
            return;
        }
        ErrorCode error =
                response == null
                        ? ErrorCode.NETWORK_EXCEPTION
                        : ErrorCode.forCode(response.errorCode());
        if (error == ErrorCode.NONE && response != null) {
            history().ok(name(), operation, new Answer.Done());
            if (response.producerId() >= 0) {
                producerId = response.producerId();
                producerEpoch = response.producerEpoch();
            }
            begin();
            return;
        }
        lastProblem = "end: " + error;
        if (isFatal(error)) {
            history().info(name(), operation, error.name());
            abandon(error.name());
            return;
        }
        wire.forgetCoordinator(Wire.TRANSACTION, transactionalId());
        wire.ground()
                .soon(
                        BACKOFF_MS,
                        () -> {
                            if (mine == life) {
                                end(mine, operation, commit);
                            }
                        });
    }

    private static boolean isFatal(ErrorCode error) {
        return switch (error) {
            case PRODUCER_FENCED,
                    INVALID_PRODUCER_EPOCH,
                    INVALID_TXN_STATE,
                    INVALID_PRODUCER_ID_MAPPING,
                    TRANSACTION_ABORTABLE,
                    UNKNOWN_SERVER_ERROR ->
                    true;
            default -> false;
        };
    }

    private Recorder history() {
        return wire.ground().history();
    }

    private String name() {
        return wire.ground().name();
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public boolean isIdle() {
        return idle;
    }

    @Override
    public String toString() {
        return name() + " in " + transaction + " " + lanes.values() + ", " + lastProblem;
    }
}
