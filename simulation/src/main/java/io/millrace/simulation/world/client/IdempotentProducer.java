package io.millrace.simulation.world.client;

import io.millrace.protocol.message.InitProducerIdRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Sends small batches to random partitions of a topic, acks=all, each value once. */
public final class IdempotentProducer implements SimulatedClient {
    private static final int PATIENCE_MS = 60_000;

    private final Wire wire;
    private final Terms terms;
    private final TreeMap<Integer, SendLane> lanes = new TreeMap<>();
    private SendLane.Session session = new SendLane.Session("", -1, (short) -1, null);
    private int sessions;
    private long values;
    private boolean stopped;
    private boolean opening;

    /**
     * @param pauseMs mean time between two batches
     * @param window batches on their way to one partition
     */
    public record Terms(String topic, int partitions, int pauseMs, int window, int maxBatch) {}

    public IdempotentProducer(ClientGround ground, Terms terms) {
        this.wire = new Wire(ground);
        this.terms = terms;
    }

    @Override
    public void start() {
        wire.ground().loop().post(this::open);
        wire.ground().soon(terms.pauseMs(), this::tick);
    }

    private void open() {
        if (opening) {
            return;
        }
        opening = true;
        wire.askAnyone(new InitProducerIdRequest().transactionalId(null).transactionTimeoutMs(0))
                .whenComplete(
                        (response, failure) -> {
                            opening = false;
                            if (response == null || response.errorCode() != 0) {
                                wire.ground().soon(200, this::open);
                                return;
                            }
                            session =
                                    new SendLane.Session(
                                            wire.ground().name() + "/" + ++sessions,
                                            response.producerId(),
                                            response.producerEpoch(),
                                            null);
                        });
    }

    private void tick() {
        if (stopped) {
            return;
        }
        wire.ground().soon(terms.pauseMs(), this::tick);
        if (session.producerId() < 0) {
            return;
        }
        int partition = wire.ground().random().nextInt(terms.partitions());
        SendLane lane = lanes.computeIfAbsent(partition, this::newLane);
        if (lane.waiting() >= 2 * terms.window()) {
            return;
        }
        List<String> batch = new ArrayList<>();
        int count = 1 + wire.ground().random().nextInt(terms.maxBatch());
        for (int i = 0; i < count; i++) {
            batch.add(wire.ground().name() + ":" + values++);
        }
        lane.send(batch, null);
    }

    private SendLane newLane(int partition) {
        return new SendLane(
                wire,
                session,
                terms.topic(),
                partition,
                terms.window(),
                PATIENCE_MS,
                this::sessionLost);
    }

    /** A gap in the sequence cannot be closed: everything begins anew under another id. */
    private void sessionLost(String why) {
        if (session.producerId() < 0) {
            return;
        }
        session = new SendLane.Session("", -1, (short) -1, null);
        List<SendLane> old = List.copyOf(lanes.values());
        lanes.clear();
        old.forEach(lane -> lane.end("another partition lost the session: " + why));
        open();
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public boolean isIdle() {
        return lanes.values().stream().allMatch(SendLane::isIdle);
    }

    @Override
    public String toString() {
        return wire.ground().name() + " " + lanes.values();
    }
}
