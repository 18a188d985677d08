package io.millrace.simulation.world.client;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceResponse;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.millrace.simulation.history.Answer;
import io.millrace.simulation.history.Call;
import io.millrace.simulation.history.Recorder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one producer session sends to one partition: batches in order, several on their way, and
 * after a failure all of them again from the first that is not known to be written.
 */
final class SendLane {
    private static final int BACKOFF_MS = 100;

    private final Wire wire;
    private final Session session;
    private final String topic;
    private final int partition;
    private final int window;
    private final long patienceNanos;
    private final Consumer<String> onSessionLost;
    private final ArrayDeque<Batch> queue = new ArrayDeque<>();
    private int nextSequence;
    private int inFlight;
    private boolean backingOff;
    private boolean ended;
    private String lastProblem = "";

    /** Identity under which is sent. */
    record Session(
            String name, long producerId, short producerEpoch, @Nullable String transactionalId) {}

    private static final class Batch {
        private final List<Long> operations;
        private final ByteBuf bytes;
        private final long sinceNanos;
        private boolean everSent;
        private boolean onItsWay;

        Batch(List<Long> operations, ByteBuf bytes, long sinceNanos) {
            this.operations = operations;
            this.bytes = bytes;
            this.sinceNanos = sinceNanos;
        }
    }

    /**
     * @param window batches on their way at once
     * @param onSessionLost told once when nothing more can be sent in this session
     */
    SendLane(
            Wire wire,
            Session session,
            String topic,
            int partition,
            int window,
            int patienceMs,
            Consumer<String> onSessionLost) {
        this.wire = wire;
        this.session = session;
        this.topic = topic;
        this.partition = partition;
        this.window = window;
        this.patienceNanos = patienceMs * 1_000_000L;
        this.onSessionLost = onSessionLost;
    }

    boolean isIdle() {
        return queue.isEmpty();
    }

    /** Batches that are not known to be written. */
    int waiting() {
        return queue.size();
    }

    /** One batch with these values, each its own operation of the history. */
    void send(List<String> values, @Nullable String transaction) {
        Recorder history = wire.ground().history();
        List<Long> operations = new ArrayList<>(values.size());
        ByteBuf bytes = Unpooled.buffer(128);
        RecordBatchBuilder builder =
                new RecordBatchBuilder(bytes, Compression.NONE)
                        .producer(session.producerId(), session.producerEpoch(), nextSequence);
        if (transaction != null) {
            builder.transactional();
        }
        long now = wire.ground().loop().clock().wallMs();
        for (String value : values) {
            operations.add(
                    history.invoke(
                            wire.ground().name(),
                            new Call.Send(
                                    topic + "-" + partition,
                                    value,
                                    session.name(),
                                    true,
                                    transaction)));
            byte[] content = value.getBytes(StandardCharsets.UTF_8);
            builder.append(now, content, content);
        }
        builder.build();
        nextSequence += values.size();
        queue.add(new Batch(operations, bytes, wire.ground().loop().clock().nanos()));
        pump();
    }

    private void pump() {
        if (ended || backingOff) {
            return;
        }
        for (Batch batch : queue) {
            if (batch.onItsWay) {
                continue;
            }
            if (inFlight >= window || !transmit(batch)) {
                return;
            }
        }
    }

    private boolean transmit(Batch batch) {
        Wire.Leader leader = wire.leader(topic, partition);
        if (leader == null) {
            backOff();
            return false;
        }
        batch.onItsWay = true;
        batch.everSent = true;
        inFlight++;
        ProduceRequest request =
                new ProduceRequest()
                        .acks((short) -1)
                        .timeoutMs(5_000)
                        .transactionalId(session.transactionalId())
                        .topicData(
                                List.of(
                                        new ProduceRequest.TopicProduceData()
                                                .name(topic)
                                                .topicId(wire.topicId(topic))
                                                .partitionData(
                                                        List.of(
                                                                new ProduceRequest
                                                                                .PartitionProduceData()
                                                                        .index(partition)
                                                                        .records(
                                                                                new BufferRecords(
                                                                                        batch.bytes))))));
        wire.ask(leader.broker(), request)
                .whenComplete((response, failure) -> onAnswer(batch, response, failure));
        return true;
    }

    private void onAnswer(
            Batch batch, @Nullable ProduceResponse response, @Nullable Throwable failure) {
        inFlight--;
        batch.onItsWay = false;
        if (ended) {
            return;
        }
        ErrorCode error;
        long baseOffset = -1;
        if (response == null) {
            error = failure == null ? ErrorCode.NETWORK_EXCEPTION : Wire.errorOf(failure);
        } else {
            var answer = response.responses().get(0).partitionResponses().get(0);
            error = ErrorCode.forCode(answer.errorCode());
            baseOffset = answer.baseOffset();
        }
        lastProblem = error.name();
        if (error == ErrorCode.NONE || error == ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
            acknowledge(batch, baseOffset);
        } else if (isFatal(error, batch)) {
            end(error.name());
        } else if (wire.ground().loop().clock().nanos() - batch.sinceNanos > patienceNanos) {
            end("gave up after " + error);
        } else {
            backOff();
        }
    }

    private boolean isFatal(ErrorCode error, Batch batch) {
        return switch (error) {
            case OUT_OF_ORDER_SEQUENCE_NUMBER -> queue.peek() == batch && inFlight == 0;
            case UNKNOWN_PRODUCER_ID,
                    INVALID_PRODUCER_EPOCH,
                    PRODUCER_FENCED,
                    INVALID_TXN_STATE,
                    TRANSACTION_ABORTABLE,
                    INVALID_PRODUCER_ID_MAPPING,
                    INVALID_RECORD,
                    MESSAGE_TOO_LARGE ->
                    true;
            default -> false;
        };
    }

    private void acknowledge(Batch batch, long baseOffset) {
        if (!queue.remove(batch)) {
            return;
        }
        Recorder history = wire.ground().history();
        String name = wire.ground().name();
        for (int i = 0; i < batch.operations.size(); i++) {
            if (baseOffset < 0) {
                history.info(name, batch.operations.get(i), "written, the offset is not known");
            } else {
                history.ok(name, batch.operations.get(i), new Answer.Sent(baseOffset + i));
            }
        }
        pump();
    }

    /** Waits until everything on its way has come back, then sends again from the first. */
    private void backOff() {
        if (backingOff) {
            return;
        }
        backingOff = true;
        wire.ground()
                .soon(
                        BACKOFF_MS,
                        () ->
                                wire.refresh(topic)
                                        .thenRun(
                                                () -> {
                                                    backingOff = false;
                                                    if (inFlight > 0) {
                                                        backOff();
                                                    } else {
                                                        expire();
                                                        pump();
                                                    }
                                                }));
    }

    private void expire() {
        Batch first = queue.peek();
        if (first != null
                && wire.ground().loop().clock().nanos() - first.sinceNanos > patienceNanos) {
            end("no leader in time");
        }
    }

    /** Nothing more goes out; what was sent may or may not be there. */
    void end(String why) {
        if (ended) {
            return;
        }
        ended = true;
        Recorder history = wire.ground().history();
        for (Batch batch : queue) {
            for (long operation : batch.operations) {
                if (batch.everSent) {
                    history.info(wire.ground().name(), operation, why);
                } else {
                    history.fail(wire.ground().name(), operation, why);
                }
            }
        }
        queue.clear();
        onSessionLost.accept(why);
    }

    @Override
    public String toString() {
        return topic + "-" + partition + " with " + queue.size() + " waiting, " + lastProblem;
    }
}
