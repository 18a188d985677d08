package io.millrace.broker.log;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/** Batches for tests. */
public final class Batches {
    public static final long NOW = 1_700_000_000_000L;

    private Batches() {}

    /** {@code count} records with values {@code prefix-0}, {@code prefix-1}, … */
    public static ByteBuf of(String prefix, int count) {
        return of(prefix, count, NOW);
    }

    public static ByteBuf of(String prefix, int count, long timestampMs) {
        ByteBuf out = Unpooled.directBuffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.NONE);
        fill(builder, prefix, count, timestampMs);
        return out;
    }

    public static ByteBuf compressed(
            CompressionType codec, String prefix, int count, long timestampMs) {
        ByteBuf out = Unpooled.directBuffer();
        fill(new RecordBatchBuilder(out, Compression.of(codec)), prefix, count, timestampMs);
        return out;
    }

    public static ByteBuf idempotent(
            long producerId, int epoch, int sequence, String prefix, int count) {
        ByteBuf out = Unpooled.directBuffer();
        RecordBatchBuilder builder =
                new RecordBatchBuilder(out, Compression.NONE)
                        .producer(producerId, (short) epoch, sequence);
        fill(builder, prefix, count, NOW);
        return out;
    }

    public static ByteBuf transactional(
            long producerId, int epoch, int sequence, String prefix, int count) {
        ByteBuf out = Unpooled.directBuffer();
        RecordBatchBuilder builder =
                new RecordBatchBuilder(out, Compression.NONE)
                        .producer(producerId, (short) epoch, sequence)
                        .transactional();
        fill(builder, prefix, count, NOW);
        return out;
    }

    /**
     * One record for each {@code key=value}; {@code key=} has no value at all.
     *
     * @param producer adds who writes it, or nothing
     */
    public static ByteBuf keyed(
            CompressionType codec,
            long timestampMs,
            UnaryOperator<RecordBatchBuilder> producer,
            String... pairs) {
        ByteBuf out = Unpooled.directBuffer();
        RecordBatchBuilder builder =
                producer.apply(new RecordBatchBuilder(out, Compression.of(codec)));
        for (String pair : pairs) {
            int end = pair.indexOf('=');
            String value = pair.substring(end + 1);
            builder.append(
                    timestampMs,
                    pair.substring(0, end).getBytes(StandardCharsets.UTF_8),
                    value.isEmpty() ? null : value.getBytes(StandardCharsets.UTF_8));
        }
        builder.build();
        return out;
    }

    public static ByteBuf keyed(String... pairs) {
        return keyed(CompressionType.NONE, NOW, builder -> builder, pairs);
    }

    public static RecordBatchView view(ByteBuf bytes) {
        return RecordBatchView.at(bytes, bytes.readerIndex());
    }

    private static void fill(
            RecordBatchBuilder builder, String prefix, int count, long timestampMs) {
        for (int i = 0; i < count; i++) {
            builder.append(
                    timestampMs,
                    ("key-" + i).getBytes(StandardCharsets.UTF_8),
                    (prefix + "-" + i).getBytes(StandardCharsets.UTF_8));
        }
        builder.build();
    }
}
