package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.DecompressionLimit;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RecordCursorTest {
    private static final DecompressionLimit LIMIT = DecompressionLimit.ofReader(1 << 20);

    /** Written by Apache's producer 4.3.1: one record, key "k", value "v", header h=1. */
    private static final String GOLDEN =
            "0000000000000005"
                    + "0000003e"
                    + "00000002"
                    + "02"
                    + "%s"
                    + "0000"
                    + "00000000"
                    + "0000018bcfe56800"
                    + "0000018bcfe56800"
                    + "ffffffffffffffff"
                    + "ffff"
                    + "ffffffff"
                    + "00000001"
                    + "18"
                    + "00"
                    + "00"
                    + "00"
                    + "026b"
                    + "0276"
                    + "02"
                    + "0268"
                    + "0231";

    @Test
    void goldenBytesAreReadAndWrittenAlike() {
        ByteBuf out = Unpooled.buffer();
        RecordBatchBuilder builder =
                new RecordBatchBuilder(out, Compression.NONE).baseOffset(5).leaderEpoch(2);
        builder.append(
                1_700_000_000_000L,
                "k".getBytes(StandardCharsets.UTF_8),
                "v".getBytes(StandardCharsets.UTF_8),
                List.of(new RecordHeader("h", Unpooled.copiedBuffer("1", StandardCharsets.UTF_8))));
        builder.build();
        String crc = String.format("%08x", RecordBatchView.at(out, 0).computeCrc());

        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(String.format(GOLDEN, crc));
        try (RecordCursor cursor =
                RecordBatchView.at(out, 0).records(ByteBufAllocator.DEFAULT, LIMIT)) {
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.offset()).isEqualTo(5);
            assertThat(cursor.keyBytes()).isEqualTo(new byte[] {'k'});
            assertThat(cursor.headers()).hasSize(1);
            assertThat(cursor.next()).isFalse();
        }
    }

    @Test
    void anEmptyBuilderLeavesNoTrace() {
        ByteBuf out = Unpooled.buffer().writeInt(7);
        assertThat(new RecordBatchBuilder(out, Compression.NONE).build()).isZero();
        assertThat(out.readableBytes()).isEqualTo(4);
    }

    @Test
    void aCutLastBatchIsNotReturned() {
        ByteBuf out = batch(3);
        int whole = out.readableBytes();
        ByteBuf two = Unpooled.wrappedBuffer(out.duplicate(), batch(2)).copy();
        for (int end = whole; end < two.readableBytes(); end++) {
            RecordBatches batches = new RecordBatches(two.slice(0, end));
            assertThat(batches.wholeBytes()).isEqualTo(whole);
        }
    }

    @Test
    void aLengthBelowTheHeaderIsCorruption() {
        ByteBuf out = batch(1);
        out.setInt(RecordBatchHeader.LENGTH, -5);
        assertThatThrownBy(() -> new RecordBatches(out).iterator().hasNext()).isNotNull();
        out.setInt(RecordBatchHeader.LENGTH, 3);
        assertThatThrownBy(() -> new RecordBatches(out).wholeBytes())
                .isInstanceOf(CorruptBatchException.class)
                .hasMessageContaining("size of 15 bytes");
    }

    @Test
    void damagedRecordsNeverReadBeyondTheirBatchNorLoop() {
        SplittableRandom random = new SplittableRandom(17);
        int corrupt = 0;
        for (int round = 0; round < 5000; round++) {
            ByteBuf out = batch(5);
            for (int flips = 0; flips < 1 + random.nextInt(3); flips++) {
                int at =
                        RecordBatchHeader.COUNT
                                + random.nextInt(out.readableBytes() - RecordBatchHeader.COUNT);
                out.setByte(at, random.nextInt(256));
            }
            try (RecordCursor cursor =
                    RecordBatchView.at(out, 0).records(ByteBufAllocator.DEFAULT, LIMIT)) {
                while (cursor.next()) {
                    cursor.headers();
                    cursor.keyBytes();
                    cursor.valueBytes();
                }
            } catch (CorruptBatchException e) {
                corrupt++;
            }
        }
        assertThat(corrupt).isGreaterThan(2000);
    }

    @Test
    void sequencesWrapToZero() {
        assertThat(RecordBatchView.sequenceAfter(Integer.MAX_VALUE, 1)).isZero();
        assertThat(RecordBatchView.sequenceAfter(Integer.MAX_VALUE - 1, 3)).isEqualTo(1);
        assertThat(RecordBatchView.sequenceAfter(5, 2)).isEqualTo(7);
    }

    private static ByteBuf batch(int count) {
        ByteBuf out = Unpooled.buffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.NONE);
        for (int i = 0; i < count; i++) {
            builder.append(
                    i,
                    new byte[i],
                    new byte[3 * i],
                    List.of(new RecordHeader("h" + i, Unpooled.wrappedBuffer(new byte[i]))));
        }
        builder.build();
        return out;
    }
}
