package io.millrace.protocol.record;

import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.BatchValidation.Invalid;
import io.millrace.protocol.record.BatchValidation.RecordError;
import io.millrace.protocol.record.BatchValidation.Valid;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks what a client wants appended to one partition. Stateless; runs on any thread and changes
 * nothing. What the header can prove is always checked, and so is the layout of records that are
 * not compressed ({@link RecordWalk}).
 *
 * <p>Compressed records are opened only where the topic demands something of them, that is, keys on
 * compacted topics, and then under {@link DecompressionLimit#ofBroker}. Elsewhere the broker would
 * spend many times the cost of an append, and give every client a way to make it unpack bombs, to
 * find out what every reader finds out for itself. The price: a client that computes a right CRC
 * over compressed nonsense stores it, and its readers fail on it. What such a batch cannot do is
 * change offsets, sequences or other batches.
 */
public final class BatchValidator {
    /** Records named in one answer at most. */
    private static final int MAX_RECORD_ERRORS = 100;

    private BatchValidator() {}

    /**
     * @param records all readable bytes; exactly one batch (produce requests from version 3)
     */
    public static BatchValidation validate(ByteBuf records, BatchRules rules, long nowMs) {
        int readable = records.readableBytes();
        if (readable > rules.maxBatchBytes()) {
            return invalid(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "batch of "
                            + readable
                            + " bytes is larger than max.message.bytes="
                            + rules.maxBatchBytes());
        }
        long size = RecordBatchView.sizeAt(records, records.readerIndex());
        if (size < RecordBatchHeader.HEADER_BYTES || size > readable) {
            return invalid(
                    ErrorCode.CORRUPT_MESSAGE,
                    "batch says it has " + size + " bytes, " + readable + " came");
        }
        byte magic = records.getByte(records.readerIndex() + RecordBatchHeader.MAGIC);
        if (magic != RecordBatchHeader.CURRENT_MAGIC) {
            return invalid(
                    ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
                    "record format "
                            + magic
                            + " is not supported, only format "
                            + RecordBatchHeader.CURRENT_MAGIC);
        }
        if (size < readable) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    (readable - size) + " bytes follow the batch; one batch per partition");
        }
        RecordBatchView batch = RecordBatchView.at(records, records.readerIndex());
        if (!batch.isCrcValid()) {
            return invalid(
                    ErrorCode.CORRUPT_MESSAGE,
                    "batch fails its CRC (stored 0x"
                            + Integer.toHexString(batch.crc())
                            + ", computed 0x"
                            + Integer.toHexString(batch.computeCrc())
                            + ")");
        }
        Invalid problem = problemOfCounts(batch);
        if (problem == null) {
            problem = problemOfProducer(batch);
        }
        if (problem == null) {
            problem = problemOfTime(batch, rules, nowMs);
        }
        if (problem == null) {
            problem = problemOfRecords(batch, rules);
        }
        return problem == null ? new Valid(batch) : problem;
    }

    private static @Nullable Invalid problemOfCounts(RecordBatchView batch) {
        if (CompressionType.byId(batch.codecId()).isEmpty()) {
            return invalid(
                    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                    "codec " + batch.codecId() + " is not known");
        }
        if (batch.isControl()) {
            return invalid(ErrorCode.INVALID_RECORD, "clients may not write control batches");
        }
        if (batch.baseOffset() < 0 || batch.lastOffsetDelta() < 0) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    "base offset "
                            + batch.baseOffset()
                            + " or last offset delta "
                            + batch.lastOffsetDelta()
                            + " is negative");
        }
        int count = batch.count();
        if (count < 1 || batch.lastOffsetDelta() != count - 1) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    count
                            + " records do not have a last offset delta of "
                            + batch.lastOffsetDelta());
        }
        long bytes = (long) batch.sizeInBytes() - RecordBatchHeader.HEADER_BYTES;
        long most =
                batch.isCompressed()
                        ? Math.max(
                                DecompressionLimit.FLOOR_BYTES,
                                bytes * DecompressionLimit.BROKER_MAX_RATIO)
                        : bytes;
        if (count > most / RecordBatchHeader.MIN_RECORD_BYTES) {
            return invalid(
                    ErrorCode.INVALID_RECORD, count + " records cannot be in " + bytes + " bytes");
        }
        return null;
    }

    private static @Nullable Invalid problemOfProducer(RecordBatchView batch) {
        long id = batch.producerId();
        if (id == RecordBatchHeader.NO_PRODUCER_ID && !batch.isTransactional()) {
            return null;
        }
        if (id < 0) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    batch.isTransactional()
                            ? "transactional batch without a producer id"
                            : "producer id " + id + " is negative");
        }
        if (batch.producerEpoch() < 0) {
            return invalid(
                    ErrorCode.INVALID_PRODUCER_EPOCH,
                    "producer " + id + " has the epoch " + batch.producerEpoch());
        }
        if (batch.baseSequence() < 0) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    "producer " + id + " has the sequence " + batch.baseSequence());
        }
        return null;
    }

    private static @Nullable Invalid problemOfTime(
            RecordBatchView batch, BatchRules rules, long nowMs) {
        if (rules.timestampType() == TimestampType.LOG_APPEND_TIME) {
            return null;
        }
        if (batch.timestampType() == TimestampType.LOG_APPEND_TIME) {
            return invalid(
                    ErrorCode.INVALID_TIMESTAMP,
                    "producers may not set LogAppendTime on a topic that keeps their timestamps");
        }
        long max = batch.maxTimestamp();
        if (max == RecordBatchHeader.NO_TIMESTAMP) {
            return null;
        }
        // Without looking at each record: the highest bounds the future, the first stands for the
        // past.
        if (max - nowMs > rules.timestampAfterMaxMs()
                || nowMs - Math.min(batch.baseTimestamp(), max) > rules.timestampBeforeMaxMs()) {
            return invalid(
                    ErrorCode.INVALID_TIMESTAMP,
                    "timestamps "
                            + batch.baseTimestamp()
                            + ".."
                            + max
                            + " are not within "
                            + rules.timestampBeforeMaxMs()
                            + " ms before and "
                            + rules.timestampAfterMaxMs()
                            + " ms after the broker's "
                            + nowMs);
        }
        return null;
    }

    private static @Nullable Invalid problemOfRecords(RecordBatchView batch, BatchRules rules) {
        try {
            if (rules.keysRequired()) {
                return problemOfKeys(batch, rules);
            }
            if (!batch.isCompressed()) {
                RecordWalk.check(batch);
            }
            return null;
        } catch (CorruptBatchException e) {
            return invalid(ErrorCode.INVALID_RECORD, String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable Invalid problemOfKeys(RecordBatchView batch, BatchRules rules) {
        List<RecordError> errors = new ArrayList<>();
        DecompressionLimit limit = DecompressionLimit.ofBroker(rules.maxBatchBytes());
        try (RecordCursor cursor = batch.records(ByteBufAllocator.DEFAULT, limit)) {
            int index = 0;
            while (cursor.next()) {
                if (cursor.offsetDelta() != index) {
                    return invalid(
                            ErrorCode.INVALID_RECORD,
                            "record " + index + " has the offset delta " + cursor.offsetDelta());
                }
                cursor.headers();
                if (!cursor.hasKey() && errors.size() < MAX_RECORD_ERRORS) {
                    errors.add(
                            new RecordError(
                                    index, "a compacted topic takes no record without key"));
                }
                index++;
            }
        }
        return errors.isEmpty()
                ? null
                : new Invalid(
                        ErrorCode.INVALID_RECORD,
                        "one or more records have no key, which a compacted topic needs",
                        errors);
    }

    private static Invalid invalid(ErrorCode error, String reason) {
        return new Invalid(error, reason, List.of());
    }
}
