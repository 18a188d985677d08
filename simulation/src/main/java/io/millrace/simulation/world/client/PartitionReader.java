package io.millrace.simulation.world.client;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.simulation.history.Call;
import io.millrace.simulation.history.Isolation;
import io.millrace.simulation.history.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Reads one partition from a position on, one fetch at a time. Begins again from the start now and
 * then, since what was read once must be read again.
 */
public final class PartitionReader implements SimulatedClient {
    private static final int BACKOFF_MS = 200;

    private final Wire wire;
    private final Terms terms;
    private String session = "";
    private int sessions;
    private long position;
    private boolean stopped;
    private boolean lastReads;
    private boolean reachedEnd;
    private boolean begun;
    private String lastProblem = "";

    /**
     * @param pauseMs mean time between two fetches that found something
     * @param restartPerThousand how often it begins anew
     */
    public record Terms(
            String topic, int partition, Isolation isolation, int pauseMs, int restartPerThousand) {

        String name() {
            return topic + "-" + partition;
        }
    }

    public PartitionReader(ClientGround ground, Terms terms) {
        this.wire = new Wire(ground);
        this.terms = terms;
    }

    @Override
    public void start() {
        wire.ground().loop().post(() -> begin(0));
    }

    /** Reads everything once more, from the first offset to the end. */
    public void readAllOnceMore() {
        wire.ground()
                .loop()
                .post(
                        () -> {
                            boolean idle = stopped || !begun;
                            stopped = false;
                            lastReads = true;
                            reachedEnd = false;
                            openSession(0);
                            if (idle) {
                                begin(0);
                            }
                        });
    }

    /** Whether {@link #readAllOnceMore} has come to the end. */
    public boolean hasReadAll() {
        return lastReads && reachedEnd;
    }

    private void begin(long from) {
        begun = true;
        openSession(from);
        fetch();
    }

    private void openSession(long from) {
        session = wire.ground().name() + "/" + ++sessions;
        position = from;
    }

    private void fetch() {
        if (stopped || hasReadAll()) {
            begun = false;
            return;
        }
        Wire.Leader leader = wire.leader(terms.topic(), terms.partition());
        if (leader == null) {
            retry();
            return;
        }
        String asked = session;
        long from = position;
        wire.ask(
                        leader.broker(),
                        Fetches.of(
                                wire,
                                terms.topic(),
                                terms.partition(),
                                leader,
                                position,
                                terms.isolation() == Isolation.READ_COMMITTED))
                .whenComplete((response, failure) -> onAnswer(asked, from, response));
    }

    private void onAnswer(String asked, long from, @Nullable FetchResponse response) {
        if (!asked.equals(session)) {
            fetch();
            return;
        }
        FetchResponse.PartitionData data = Fetches.partition(response);
        if (data == null || data.errorCode() != 0) {
            lastProblem = response == null ? "no answer" : "error " + response.errorCode();
            if (data != null) {
                refused(from, data);
            }
            retry();
            return;
        }
        ReadBatches read =
                ReadBatches.of(from, data, terms.isolation() == Isolation.READ_COMMITTED);
        lastProblem = String.valueOf(read.damage());
        if (read.damage() != null) {
            record(read, "damaged: " + read.damage());
            retry();
            return;
        }
        if (read.next() > from || lastReads) {
            record(read, null);
        }
        position = read.next();
        long end =
                terms.isolation() == Isolation.READ_COMMITTED
                        ? data.lastStableOffset()
                        : data.highWatermark();
        if (lastReads && position >= end) {
            reachedEnd = true;
        }
        goOn(read.next() > from);
    }

    private void goOn(boolean found) {
        if (!lastReads && wire.ground().random().nextInt(1_000) < terms.restartPerThousand()) {
            openSession(0);
        }
        if (lastReads) {
            wire.ground().loop().post(this::fetch);
        } else {
            wire.ground().soon(found ? terms.pauseMs() : 50, this::fetch);
        }
    }

    private void refused(long from, FetchResponse.PartitionData data) {
        ErrorCode error = ErrorCode.forCode(data.errorCode());
        lastProblem = error.name();
        if (error == ErrorCode.OFFSET_OUT_OF_RANGE && data.logStartOffset() > from) {
            openSession(data.logStartOffset());
        }
    }

    private void record(ReadBatches read, @Nullable String failure) {
        Recorder history = wire.ground().history();
        String name = wire.ground().name();
        long operation =
                history.invoke(
                        name,
                        new Call.Poll(
                                terms.name(), session, terms.isolation(), null, null, lastReads));
        if (failure == null) {
            history.ok(name, operation, read.answer());
        } else {
            history.fail(name, operation, failure);
        }
    }

    private void retry() {
        wire.ground().soon(BACKOFF_MS, () -> wire.refresh(terms.topic()).thenRun(this::fetch));
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public boolean isIdle() {
        return true;
    }

    @Override
    public String toString() {
        return wire.ground().name() + " at " + terms.name() + "@" + position + ", " + lastProblem;
    }
}
