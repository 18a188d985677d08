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
 * nothing. What is valid, every reader can read: headers and the layout of all records are checked
 * ({@link RecordWalk}), those of compressed batches after unpacking them under {@link
 * DecompressionLimit#ofBroker}.
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
            // One that is cut off counts as none.
            return invalid(
                    size > readable ? ErrorCode.INVALID_RECORD : ErrorCode.CORRUPT_MESSAGE,
                    "batch says it has " + size + " bytes, " + readable + " came");
        }
        byte magic = records.getByte(records.readerIndex() + RecordBatchHeader.MAGIC);
        if (magic != RecordBatchHeader.CURRENT_MAGIC) {
            boolean wasOnceAFormat = magic >= 0 && magic < RecordBatchHeader.CURRENT_MAGIC;
            return invalid(
                    wasOnceAFormat ? ErrorCode.INVALID_RECORD : ErrorCode.CORRUPT_MESSAGE,
                    "record format "
                            + magic
                            + " is not taken, only format "
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
        Invalid problem = problemOfCounts(batch, rules);
        if (problem == null) {
            problem = problemOfProducer(batch);
        }
        return problem == null ? validateRecords(batch, rules, nowMs) : problem;
    }

    private static @Nullable Invalid problemOfCounts(RecordBatchView batch, BatchRules rules) {
        if (CompressionType.byId(batch.codecId()).isEmpty()) {
            return invalid(
                    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                    "codec " + batch.codecId() + " is not known");
        }
        if (batch.isControl()) {
            return invalid(ErrorCode.INVALID_RECORD, "clients may not write control batches");
        }
        if (batch.baseOffset() != 0) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    "base offset is " + batch.baseOffset() + ", which the broker assigns; send 0");
        }
        int count = batch.count();
        if (count < 1 || batch.lastOffsetDelta() != count - 1) {
            return invalid(
                    ErrorCode.INVALID_RECORD,
                    count
                            + " records do not have a last offset delta of "
                            + batch.lastOffsetDelta());
        }
        int bytes = batch.sizeInBytes() - RecordBatchHeader.HEADER_BYTES;
        int most =
                batch.isCompressed()
                        ? DecompressionLimit.ofBroker(rules.maxBatchBytes())
                                .maxOutputBytesFor(bytes)
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

    private static BatchValidation validateRecords(
            RecordBatchView batch, BatchRules rules, long nowMs) {
        DecompressionLimit limit = DecompressionLimit.ofBroker(rules.maxBatchBytes());
        try {
            RecordWalk walk = walk(batch, limit);
            boolean ownTimes = batch.timestampType() == TimestampType.CREATE_TIME;
            long latest =
                    ownTimes
                            ? batch.baseTimestamp() + walk.maxTimestampDelta()
                            : batch.maxTimestamp();
            long earliest = ownTimes ? batch.baseTimestamp() + walk.minTimestampDelta() : latest;
            boolean sound =
                    !(rules.keysRequired() && walk.isKeyMissing())
                            && (rules.timestampType() == TimestampType.LOG_APPEND_TIME
                                    ? ownTimes
                                    : rules.takesTime(earliest, nowMs)
                                            && rules.takesTime(latest, nowMs));
            if (sound) {
                return new Valid(batch, latest);
            }
            List<RecordError> errors = new ArrayList<>();
            boolean badTime = findErrors(batch, rules, nowMs, limit, errors);
            return errors.isEmpty() ? new Valid(batch, latest) : refusal(badTime, errors);
        } catch (CorruptBatchException e) {
            return invalid(ErrorCode.INVALID_RECORD, String.valueOf(e.getMessage()));
        }
    }

    private static RecordWalk walk(RecordBatchView batch, DecompressionLimit limit) {
        if (!batch.isCompressed()) {
            return RecordWalk.over(batch.section(), batch.count());
        }
        ByteBuf plain = batch.decompressed(ByteBufAllocator.DEFAULT, limit);
        try {
            return RecordWalk.over(plain, batch.count());
        } finally {
            plain.release();
        }
    }

    /** Names the records at fault; gives whether one of them is so for its time. */
    private static boolean findErrors(
            RecordBatchView batch,
            BatchRules rules,
            long nowMs,
            DecompressionLimit limit,
            List<RecordError> errors) {
        boolean badTime = false;
        try (RecordCursor cursor = batch.records(ByteBufAllocator.DEFAULT, limit)) {
            for (int i = 0; cursor.next() && errors.size() < MAX_RECORD_ERRORS; i++) {
                if (rules.keysRequired() && !cursor.hasKey()) {
                    errors.add(new RecordError(i, "a compacted topic takes no record without key"));
                } else if (rules.timestampType() == TimestampType.LOG_APPEND_TIME) {
                    if (batch.timestampType() == TimestampType.LOG_APPEND_TIME) {
                        badTime = true;
                        errors.add(new RecordError(i, "only the broker may set LogAppendTime"));
                    }
                } else if (!rules.takesTime(cursor.timestampMs(), nowMs)) {
                    badTime = true;
                    errors.add(new RecordError(i, whyNotTaken(cursor.timestampMs(), rules, nowMs)));
                }
            }
        }
        return badTime;
    }

    private static String whyNotTaken(long timestampMs, BatchRules rules, long nowMs) {
        return "timestamp "
                + timestampMs
                + " is not within "
                + rules.timestampBeforeMaxMs()
                + " ms before and "
                + rules.timestampAfterMaxMs()
                + " ms after the broker's "
                + nowMs;
    }

    private static Invalid refusal(boolean badTime, List<RecordError> errors) {
        RecordError first = errors.get(0);
        return new Invalid(
                badTime ? ErrorCode.INVALID_TIMESTAMP : ErrorCode.INVALID_RECORD,
                "record " + first.index() + ": " + first.reason() + "; all or none are taken",
                errors);
    }

    private static Invalid invalid(ErrorCode error, String reason) {
        return new Invalid(error, reason, List.of());
    }
}
