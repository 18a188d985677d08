package io.millrace.system.differential;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Record batches, good and bad, with times of long ago so that both brokers see the same. */
final class Batches {
    static final long START_MS = 1_700_000_000_000L;

    private Batches() {}

    /** What a topic takes, mostly. */
    static BufferRecords random(Sequence s, Topic topic, short version) {
        CompressionType codec = s.oneOf(CompressionType.values());
        if (codec == CompressionType.ZSTD && version < 7 && s.chance(80)) {
            codec = CompressionType.LZ4;
        }
        ByteBuf out = Unpooled.buffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.of(codec));
        int count = 1 + s.random.nextInt(5);
        for (int i = 0; i < count; i++) {
            boolean keyless = topic.compacted ? s.chance(5) : s.chance(30);
            append(s, builder, keyless);
        }
        builder.build();
        return new BufferRecords(out);
    }

    private static void append(Sequence s, RecordBatchBuilder builder, boolean keyless) {
        long timestamp = s.chance(3) ? 0 : START_MS + s.random.nextInt(100);
        byte[] key = keyless ? null : text("key-" + s.random.nextInt(5));
        byte[] value = s.chance(10) ? null : text("value-" + "v".repeat(s.random.nextInt(40)));
        List<RecordHeader> headers =
                s.chance(20)
                        ? List.of(new RecordHeader("h", Unpooled.wrappedBuffer(text("header"))))
                        : List.of();
        builder.append(timestamp, key, value, headers);
    }

    static BufferRecords plain(Sequence s, int count) {
        return ofProducer(s, -1, (short) -1, -1, count, false);
    }

    static BufferRecords ofProducer(
            Sequence s, long id, short epoch, int sequence, int count, boolean transactional) {
        ByteBuf out = Unpooled.buffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.NONE);
        if (id >= 0) {
            builder.producer(id, epoch, sequence);
        }
        if (transactional) {
            builder.transactional();
        }
        for (int i = 0; i < count; i++) {
            builder.append(
                    START_MS + s.random.nextInt(100), text("key-" + i), text("value-" + sequence));
        }
        builder.build();
        return new BufferRecords(out);
    }

    /** A batch with one thing wrong. */
    static BufferRecords bad(Sequence s, Topic topic) {
        ByteBuf out = plain(s, 2).buffer();
        RecordBatchView batch = RecordBatchView.at(out, 0);
        boolean sign = true;
        switch (s.random.nextInt(11)) {
            case 0 -> {
                out.setInt(RecordBatchHeader.CRC, 4711);
                sign = false;
            }
            case 1 -> out.setByte(RecordBatchHeader.MAGIC, s.oneOf(0, 1, 3));
            case 2 -> out.setShort(RecordBatchHeader.ATTRIBUTES, s.oneOf(5, 7));
            case 3 -> out.setShort(RecordBatchHeader.ATTRIBUTES, 0x20);
            case 4 -> out.setInt(RecordBatchHeader.COUNT, s.oneOf(0, 1, 3, -1, 1 << 30));
            case 5 -> out.setInt(RecordBatchHeader.LAST_OFFSET_DELTA, s.oneOf(0, 5, -1));
            case 6 -> out.setLong(RecordBatchHeader.BASE_OFFSET, s.oneOf(7L, -1L));
            case 7 -> out.setInt(RecordBatchHeader.LENGTH, s.oneOf(0, 10, 100_000));
            case 8 -> out.setLong(RecordBatchHeader.MAX_TIMESTAMP, s.oneOf(-1L, Long.MAX_VALUE));
            case 9 -> {
                // Larger than some topics allow.
                out = large(topic.compacted);
                batch = RecordBatchView.at(out, 0);
            }
            default -> {
                ByteBuf two = Unpooled.buffer();
                two.writeBytes(out.duplicate()).writeBytes(out.duplicate());
                return new BufferRecords(two);
            }
        }
        if (sign) {
            out.setInt(RecordBatchHeader.CRC, batch.computeCrc());
        }
        return new BufferRecords(out);
    }

    private static ByteBuf large(boolean keyed) {
        ByteBuf out = Unpooled.buffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.NONE);
        builder.append(START_MS, keyed ? text("k") : null, new byte[3000]);
        builder.build();
        return out;
    }

    static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
