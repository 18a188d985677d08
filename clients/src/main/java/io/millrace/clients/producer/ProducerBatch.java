package io.millrace.clients.producer;

import io.millrace.clients.ClientException;
import io.millrace.clients.Headers;
import io.millrace.clients.TopicPartition;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.record.Crc32c;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records of one partition that are sent, retried and acknowledged together, in wire format. While
 * open it is guarded by its {@link PartitionQueue}'s lock; from {@link #seal()} on the network loop
 * owns it.
 *
 * <p>INVARIANT: the buffer is given back by the loop when the batch is done and not in flight,
 * never by a timer: a batch that expires in flight fails its records but keeps its memory until the
 * network is through with it.
 */
final class ProducerBatch {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProducerBatch.class);
    private static final int FIRST_CAPACITY = 16;

    private final TopicPartition partition;
    private final MemoryBudget budget;
    private final int reservedBytes;
    private final int targetBytes;
    private final long createdNanos;
    private final ByteBuf buffer;
    private final RecordBatchBuilder builder;
    private final boolean transactional;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private SendCallback[] callbacks = new SendCallback[FIRST_CAPACITY];
    private long[] timestamps = new long[FIRST_CAPACITY];
    private int count;
    private int plainBytes;
    private int attempts;
    private long producerId = RecordBatchHeader.NO_PRODUCER_ID;
    private short producerEpoch = RecordBatchHeader.NO_PRODUCER_EPOCH;
    private int baseSequence = RecordBatchHeader.NO_SEQUENCE;
    private boolean sealed;
    private boolean inFlight;
    private boolean inDoubt;
    private boolean told;
    private boolean givenBack;

    /**
     * @param targetBytes full when it would grow beyond this, unless it is one record
     * @param reservedBytes already taken out of the budget; given back with the buffer
     */
    ProducerBatch(
            TopicPartition partition,
            MemoryBudget budget,
            int targetBytes,
            int reservedBytes,
            Compression compression,
            boolean transactional,
            long createdNanos) {
        this.partition = partition;
        this.budget = budget;
        this.targetBytes = targetBytes;
        this.reservedBytes = reservedBytes;
        this.createdNanos = createdNanos;
        this.buffer = budget.take(reservedBytes);
        this.builder = new RecordBatchBuilder(buffer, compression);
        this.transactional = transactional;
        if (transactional) {
            builder.transactional();
        }
    }

    /** Whether the record fits; an empty batch takes any. */
    boolean hasRoomFor(
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers) {
        int keySize = key == null ? -1 : key.length;
        int valueSize = value == null ? -1 : value.length;
        return count == 0
                || builder.sizeWith(timestampMs, keySize, valueSize, headers) <= targetBytes;
    }

    void append(
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers,
            SendCallback callback) {
        builder.append(timestampMs, key, value, headers);
        if (count == callbacks.length) {
            callbacks = Arrays.copyOf(callbacks, count * 2);
            timestamps = Arrays.copyOf(timestamps, count * 2);
        }
        callbacks[count] = callback;
        timestamps[count] = timestampMs;
        count++;
    }

    /** Whether no further record is worth waiting for. */
    boolean isFull() {
        return builder.sizeInBytes() >= targetBytes;
    }

    /** Ends the batch: compresses it and writes its header. */
    void seal() {
        sealed = true;
        plainBytes = builder.sizeInBytes();
        builder.build();
    }

    boolean isSealed() {
        return sealed;
    }

    /** Gives the records their place in the producer's sequence. Any number of times. */
    void sequence(long id, short epoch, int firstSequence) {
        producerId = id;
        producerEpoch = epoch;
        baseSequence = firstSequence;
        buffer.setLong(RecordBatchHeader.PRODUCER_ID, id);
        buffer.setShort(RecordBatchHeader.PRODUCER_EPOCH, epoch);
        buffer.setInt(RecordBatchHeader.BASE_SEQUENCE, firstSequence);
        int crcStart = RecordBatchHeader.ATTRIBUTES;
        int crc = Crc32c.of(buffer, crcStart, buffer.writerIndex() - crcStart);
        buffer.setInt(RecordBatchHeader.CRC, crc);
    }

    boolean hasSequence() {
        return baseSequence != RecordBatchHeader.NO_SEQUENCE;
    }

    int baseSequence() {
        return baseSequence;
    }

    long producerId() {
        return producerId;
    }

    short producerEpoch() {
        return producerEpoch;
    }

    ByteBuf buffer() {
        return buffer;
    }

    TopicPartition partition() {
        return partition;
    }

    int count() {
        return count;
    }

    int sizeInBytes() {
        return buffer.readableBytes();
    }

    /** Size before compression. */
    int plainBytes() {
        return plainBytes;
    }

    long createdNanos() {
        return createdNanos;
    }

    int attempts() {
        return attempts;
    }

    /** Completes when the records were told how they fared. */
    CompletableFuture<Void> done() {
        return done;
    }

    boolean isDone() {
        return told;
    }

    void sent() {
        inFlight = true;
        attempts++;
    }

    /** An attempt ended so that the broker may or may not have the records. */
    void inDoubt() {
        inDoubt = true;
    }

    boolean isInDoubt() {
        return inDoubt;
    }

    /** The network layer is through with this attempt. */
    void returned() {
        inFlight = false;
        giveBackIfDone();
    }

    /**
     * @param baseOffset {@link SendCallback#NO_OFFSET} if nobody said
     * @param logAppendTimeMs -1 where records keep their own time
     */
    void acknowledge(long baseOffset, long logAppendTimeMs) {
        if (told) {
            return;
        }
        told = true;
        for (int i = 0; i < count; i++) {
            long offset = baseOffset < 0 ? SendCallback.NO_OFFSET : baseOffset + i;
            long time = logAppendTimeMs < 0 ? timestamps[i] : logAppendTimeMs;
            try {
                callbacks[i].onAcknowledged(partition, offset, time);
            } catch (RuntimeException e) {
                warnCallback(e);
            }
        }
        finish();
    }

    void fail(ClientException error) {
        if (told) {
            return;
        }
        told = true;
        for (int i = 0; i < count; i++) {
            try {
                callbacks[i].onFailed(partition, error);
            } catch (RuntimeException e) {
                warnCallback(e);
            }
        }
        finish();
    }

    /**
     * The same records in batches of at most {@code maxBytes} before compression, each at least one
     * record; this batch is done when they are.
     */
    List<ProducerBatch> split(int maxBytes, Compression compression) {
        List<ProducerBatch> parts = new ArrayList<>();
        BatchRecords.forEach(
                buffer,
                (index, timestampMs, key, value, headers) -> {
                    ProducerBatch part = parts.isEmpty() ? null : parts.get(parts.size() - 1);
                    if (part == null || !part.hasRoomFor(timestampMs, key, value, headers)) {
                        part =
                                new ProducerBatch(
                                        partition,
                                        budget,
                                        maxBytes,
                                        0,
                                        compression,
                                        transactional,
                                        createdNanos);
                        parts.add(part);
                    }
                    part.append(timestampMs, key, value, headers, callbacks[index]);
                });
        told = true;
        CompletableFuture<?>[] ends = new CompletableFuture<?>[parts.size()];
        for (int i = 0; i < ends.length; i++) {
            parts.get(i).seal();
            parts.get(i).attempts = attempts;
            parts.get(i).inDoubt = inDoubt;
            ends[i] = parts.get(i).done;
        }
        var unused = CompletableFuture.allOf(ends).thenRun(() -> done.complete(null));
        giveBackIfDone();
        return parts;
    }

    static List<RecordHeader> toWire(Headers headers) {
        if (headers.isEmpty()) {
            return List.of();
        }
        List<RecordHeader> wire = new ArrayList<>(headers.size());
        for (io.millrace.clients.Header header : headers) {
            byte[] value = header.value();
            wire.add(
                    new RecordHeader(
                            header.key(), value == null ? null : Unpooled.wrappedBuffer(value)));
        }
        return wire;
    }

    private void finish() {
        callbacks = new SendCallback[0];
        timestamps = new long[0];
        done.complete(null);
        giveBackIfDone();
    }

    private void giveBackIfDone() {
        if (told && !inFlight && !givenBack) {
            givenBack = true;
            budget.giveBack(buffer, reservedBytes);
        }
    }

    private void warnCallback(RuntimeException e) {
        LOGGER.atWarn()
                .addKeyValue("partition", partition)
                .setCause(e)
                .log("send callback threw; records are not affected");
    }
}
