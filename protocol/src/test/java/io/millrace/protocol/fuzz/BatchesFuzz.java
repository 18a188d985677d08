package io.millrace.protocol.fuzz;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.BatchRules;
import io.millrace.protocol.record.BatchValidation;
import io.millrace.protocol.record.BatchValidator;
import io.millrace.protocol.record.CorruptBatchException;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.TimestampType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Record batches, behind one byte: bit 0 puts the length right, bit 1 the CRC, so that mutations
 * reach what lies behind them; bit 2 demands keys, which opens compressed batches.
 *
 * <p>What the validator passes without compression must be readable to its last record.
 */
public final class BatchesFuzz {
    private static final DecompressionLimit LIMIT = new DecompressionLimit(1000, 1 << 20);
    private static final long NOW = 1_700_000_000_000L;

    private BatchesFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 1) {
            return;
        }
        ByteBuf bytes = Unpooled.copiedBuffer(input, 1, input.length - 1);
        repair(bytes, input[0]);
        boolean valid = validate(bytes, (input[0] & 4) != 0);
        try {
            for (RecordBatchView batch : new RecordBatches(bytes)) {
                String shown = batch.toString();
                if (shown.isEmpty()) {
                    throw new AssertionError("a batch shows nothing of itself");
                }
                readRecords(batch, valid && !batch.isCompressed());
            }
        } catch (CorruptBatchException e) {
            if (valid) {
                throw e;
            }
        }
    }

    private static void repair(ByteBuf bytes, byte how) {
        if (bytes.readableBytes() < RecordBatchHeader.HEADER_BYTES) {
            return;
        }
        if ((how & 1) != 0) {
            bytes.setInt(
                    RecordBatchHeader.LENGTH,
                    bytes.readableBytes() - RecordBatchHeader.LENGTH_OVERHEAD);
        }
        if ((how & 2) != 0) {
            int claimed = bytes.getInt(RecordBatchHeader.LENGTH);
            if (claimed >= RecordBatchHeader.HEADER_BYTES - RecordBatchHeader.LENGTH_OVERHEAD
                    && claimed <= bytes.readableBytes() - RecordBatchHeader.LENGTH_OVERHEAD) {
                bytes.setInt(RecordBatchHeader.CRC, RecordBatchView.at(bytes, 0).computeCrc());
            }
        }
    }

    private static boolean validate(ByteBuf bytes, boolean keysRequired) {
        BatchRules rules =
                new BatchRules(
                        1 << 20,
                        keysRequired,
                        TimestampType.CREATE_TIME,
                        Long.MAX_VALUE,
                        3_600_000);
        return BatchValidator.validate(bytes, rules, NOW) instanceof BatchValidation.Valid;
    }

    private static void readRecords(RecordBatchView batch, boolean mustBeReadable) {
        int records = 0;
        try (RecordCursor cursor = batch.records(UnpooledByteBufAllocator.DEFAULT, LIMIT)) {
            while (cursor.next()) {
                records++;
                touch(cursor);
            }
        } catch (CorruptBatchException e) {
            if (mustBeReadable) {
                throw e;
            }
            return;
        }
        if (mustBeReadable && records != batch.count()) {
            throw new AssertionError(records + " records of " + batch.count());
        }
    }

    private static void touch(RecordCursor cursor) {
        if (cursor.key() != null) {
            cursor.key().readableBytes();
        }
        if (cursor.value() != null) {
            cursor.value().readableBytes();
        }
        cursor.headers();
        cursor.timestampMs();
        cursor.offset();
    }

    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (CompressionType type : CompressionType.values()) {
            ByteBuf out = Unpooled.buffer().writeByte(7);
            RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.of(type));
            for (int i = 0; i < 3; i++) {
                builder.append(NOW + i, text("key" + i), text("value".repeat(i)));
            }
            builder.build();
            seeds.add(ByteBufUtil.getBytes(out));
        }
        return seeds;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
