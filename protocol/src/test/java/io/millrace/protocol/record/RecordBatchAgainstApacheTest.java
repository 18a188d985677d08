package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.compress.DecompressionLimit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What we write Apache's classes read, and the other way round, for every codec. */
class RecordBatchAgainstApacheTest {
    private static final DecompressionLimit LIMIT = DecompressionLimit.ofReader(64 << 20);

    /** One record as both sides see it. */
    private record Seen(long offset, long timestamp, String key, String value, String headers) {}

    static Stream<Arguments> codecsAndShapes() {
        List<Arguments> all = new ArrayList<>();
        for (CompressionType type : CompressionType.values()) {
            for (int count : new int[] {1, 3, 2000}) {
                for (boolean direct : new boolean[] {false, true}) {
                    all.add(Arguments.of(type, count, direct));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0}, {1} records, direct={2}")
    @MethodSource("codecsAndShapes")
    void apacheReadsWhatWeWrite(CompressionType type, int count, boolean direct) {
        List<Seen> expected = sample(count);
        ByteBuf out = buffer(direct);
        try {
            RecordBatchBuilder builder =
                    new RecordBatchBuilder(out, Compression.of(type))
                            .baseOffset(1000)
                            .leaderEpoch(7)
                            .producer(44, (short) 3, 99);
            expected.forEach(
                    seen -> {
                        int before = builder.sizeInBytes();
                        int predicted =
                                builder.sizeWith(
                                        seen.timestamp,
                                        length(seen.key),
                                        length(seen.value),
                                        headers(seen));
                        builder.append(
                                seen.timestamp, bytes(seen.key), bytes(seen.value), headers(seen));
                        assertThat(builder.sizeInBytes())
                                .isEqualTo(predicted)
                                .isGreaterThan(before);
                    });
            int size = builder.build();
            assertThat(out.readableBytes()).isEqualTo(size);

            MemoryRecords records = MemoryRecords.readableRecords(out.nioBuffer());
            RecordBatch batch = records.batches().iterator().next();
            batch.ensureValid();
            assertThat(batch.baseOffset()).isEqualTo(1000);
            assertThat(batch.lastOffset()).isEqualTo(1000 + count - 1);
            assertThat(batch.partitionLeaderEpoch()).isEqualTo(7);
            assertThat(batch.producerId()).isEqualTo(44);
            assertThat(batch.producerEpoch()).isEqualTo((short) 3);
            assertThat(batch.baseSequence()).isEqualTo(99);
            assertThat(batch.countOrNull()).isEqualTo(count);
            assertThat(batch.maxTimestamp())
                    .isEqualTo(expected.stream().mapToLong(Seen::timestamp).max().orElseThrow());
            List<Seen> actual = new ArrayList<>();
            for (Record record : batch) {
                actual.add(seen(record));
            }
            assertThat(actual).isEqualTo(expected);
        } finally {
            out.release();
        }
    }

    @ParameterizedTest(name = "{0}, {1} records, direct={2}")
    @MethodSource("codecsAndShapes")
    void weReadWhatApacheWrites(CompressionType type, int count, boolean direct) {
        List<Seen> expected = sample(count);
        MemoryRecordsBuilder builder =
                MemoryRecords.builder(
                        ByteBuffer.allocate(1 << 20),
                        org.apache.kafka.common.compress.Compression.of(type.configName()).build(),
                        1000L,
                        44L,
                        (short) 3,
                        99,
                        true);
        for (Seen seen : expected) {
            RecordHeaders headers = new RecordHeaders();
            headers(seen).forEach(h -> headers.add(h.key(), array(h.value())));
            builder.append(
                    new SimpleRecord(
                            seen.timestamp, bytes(seen.key), bytes(seen.value), headers.toArray()));
        }
        ByteBuf in = buffer(direct).writeBytes(builder.build().buffer());
        try {
            List<Seen> actual = new ArrayList<>();
            for (RecordBatchView batch : new RecordBatches(in)) {
                assertThat(batch.isCrcValid()).isTrue();
                assertThat(batch.magic()).isEqualTo((byte) 2);
                assertThat(batch.compressionType()).isEqualTo(type);
                assertThat(batch.isTransactional()).isTrue();
                assertThat(batch.isControl()).isFalse();
                assertThat(batch.count()).isEqualTo(count);
                assertThat(batch.lastSequence()).isEqualTo(99 + count - 1);
                try (RecordCursor cursor = batch.records(ByteBufAllocator.DEFAULT, LIMIT)) {
                    while (cursor.next()) {
                        actual.add(seen(cursor));
                    }
                }
            }
            assertThat(actual).isEqualTo(expected);
            assertThat(new RecordBatches(in).wholeBytes()).isEqualTo(in.readableBytes());
        } finally {
            in.release();
        }
    }

    @ParameterizedTest
    @MethodSource("codecsAndShapes")
    void logAppendTimeStampedByUsIsValidForApache(CompressionType type, int count, boolean direct) {
        ByteBuf out = buffer(direct);
        try {
            RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.of(type));
            sample(count).forEach(s -> builder.append(s.timestamp, bytes(s.key), bytes(s.value)));
            builder.build();
            RecordBatchView view = RecordBatchView.at(out, 0);
            view.assign(55, 4);
            view.stampLogAppendTime(123_456L);

            RecordBatch batch =
                    MemoryRecords.readableRecords(out.nioBuffer()).batches().iterator().next();
            batch.ensureValid();
            assertThat(batch.baseOffset()).isEqualTo(55);
            for (Record record : batch) {
                assertThat(record.timestamp()).isEqualTo(123_456L);
            }
        } finally {
            out.release();
        }
    }

    private static List<Seen> sample(int count) {
        SplittableRandom random = new SplittableRandom(count);
        List<Seen> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String key = i % 3 == 0 ? null : "key-" + random.nextInt(50);
            String value = i % 7 == 1 ? null : "v".repeat(random.nextInt(300)) + random.nextLong();
            long timestamp = 1_700_000_000_000L + random.nextInt(1000) - 500;
            String headers = i % 4 == 0 ? "" : i % 4 == 1 ? "h=x;" : "trace=ä" + i + ";empty=;";
            all.add(new Seen(1000 + i, timestamp, key, value, headers));
        }
        return all;
    }

    private static List<RecordHeader> headers(Seen seen) {
        List<RecordHeader> headers = new ArrayList<>();
        for (String part : seen.headers.split(";")) {
            if (!part.isEmpty()) {
                String[] pair = part.split("=", 2);
                headers.add(
                        new RecordHeader(
                                pair[0],
                                pair[1].isEmpty() ? null : Unpooled.wrappedBuffer(bytes(pair[1]))));
            }
        }
        return headers;
    }

    private static Seen seen(Record record) {
        StringBuilder headers = new StringBuilder();
        for (Header header : record.headers()) {
            String value =
                    header.value() == null
                            ? ""
                            : new String(header.value(), StandardCharsets.UTF_8);
            headers.append(header.key()).append('=').append(value).append(';');
        }
        return new Seen(
                record.offset(),
                record.timestamp(),
                record.hasKey() ? StandardCharsets.UTF_8.decode(record.key()).toString() : null,
                record.hasValue() ? StandardCharsets.UTF_8.decode(record.value()).toString() : null,
                headers.toString());
    }

    private static Seen seen(RecordCursor cursor) {
        StringBuilder headers = new StringBuilder();
        for (RecordHeader header : cursor.headers()) {
            headers.append(header.key()).append('=');
            headers.append(
                    header.value() == null ? "" : header.value().toString(StandardCharsets.UTF_8));
            headers.append(';');
        }
        return new Seen(
                cursor.offset(),
                cursor.timestampMs(),
                cursor.key() == null ? null : cursor.key().toString(StandardCharsets.UTF_8),
                cursor.value() == null ? null : cursor.value().toString(StandardCharsets.UTF_8),
                headers.toString());
    }

    private static ByteBuf buffer(boolean direct) {
        return direct
                ? UnpooledByteBufAllocator.DEFAULT.directBuffer(256)
                : UnpooledByteBufAllocator.DEFAULT.heapBuffer(256);
    }

    private static byte[] array(ByteBuf value) {
        if (value == null) {
            return null;
        }
        byte[] copy = new byte[value.readableBytes()];
        value.getBytes(value.readerIndex(), copy);
        return copy;
    }

    private static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static int length(String text) {
        return text == null ? -1 : bytes(text).length;
    }
}
