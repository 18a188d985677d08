package io.millrace.protocol.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.BatchValidation.Invalid;
import io.millrace.protocol.record.BatchValidation.RecordError;
import io.millrace.protocol.record.BatchValidation.Valid;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchValidatorTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final BatchRules RULES =
            new BatchRules(1 << 20, false, TimestampType.CREATE_TIME, 1_000_000, 60_000);
    private static final BatchRules COMPACTED =
            new BatchRules(1 << 20, true, TimestampType.CREATE_TIME, 1_000_000, 60_000);

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void soundBatchesOfEveryCodecAreValid(CompressionType type) {
        ByteBuf batch = batch(type, builder -> builder.producer(5, (short) 0, 0));
        assertThat(BatchValidator.validate(batch, RULES, NOW)).isInstanceOf(Valid.class);
        assertThat(BatchValidator.validate(batch, COMPACTED, NOW)).isInstanceOf(Valid.class);
    }

    @Test
    void sizesThatCannotBeAreCorrupt() {
        for (int length : new int[] {-1, 0, 3, 48, Integer.MIN_VALUE}) {
            ByteBuf bad = batch();
            bad.setInt(RecordBatchHeader.LENGTH, length);
            assertError(bad, ErrorCode.CORRUPT_MESSAGE);
        }
        for (int end = 0; end < RecordBatchHeader.LENGTH_OVERHEAD; end++) {
            assertError(batch().slice(0, end), ErrorCode.CORRUPT_MESSAGE);
        }
    }

    @Test
    void aBatchThatIsCutOffIsNone() {
        for (int length : new int[] {100_000, Integer.MAX_VALUE}) {
            ByteBuf bad = batch();
            bad.setInt(RecordBatchHeader.LENGTH, length);
            assertError(bad, ErrorCode.INVALID_RECORD);
        }
        int whole = batch().readableBytes();
        for (int end = RecordBatchHeader.LENGTH_OVERHEAD; end < whole; end++) {
            assertError(batch().slice(0, end), ErrorCode.INVALID_RECORD);
        }
    }

    @Test
    void formatsOfThePastAreInvalidAndThoseThatNeverWereAreCorrupt() {
        for (int magic = -2; magic <= 3; magic++) {
            if (magic != RecordBatchHeader.CURRENT_MAGIC) {
                ByteBuf bad = batch();
                bad.setByte(RecordBatchHeader.MAGIC, magic);
                boolean past = magic == 0 || magic == 1;
                assertError(bad, past ? ErrorCode.INVALID_RECORD : ErrorCode.CORRUPT_MESSAGE);
            }
        }
    }

    @Test
    void everyByteUnderTheCrcIsProtected() {
        for (int at = RecordBatchHeader.CRC; at < batch().readableBytes(); at++) {
            ByteBuf bad = batch();
            bad.setByte(at, bad.getByte(at) ^ 0x40);
            assertError(bad, ErrorCode.CORRUPT_MESSAGE);
        }
    }

    @Test
    @Tag("wire-15")
    void oneBatchOnly() {
        assertError(Unpooled.wrappedBuffer(batch(), batch()).copy(), ErrorCode.INVALID_RECORD);
    }

    @Test
    @Tag("wire-19")
    void largerThanTheTopicTakes() {
        BatchRules small = new BatchRules(70, false, TimestampType.CREATE_TIME, 1, 1);
        assertThat(error(BatchValidator.validate(batch(), small, NOW)))
                .isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
    }

    @Test
    void countsMustAgreeWithOffsetsAndBytes() {
        assertError(patched(b -> b.setInt(RecordBatchHeader.COUNT, 0)), ErrorCode.INVALID_RECORD);
        assertError(patched(b -> b.setInt(RecordBatchHeader.COUNT, 4)), ErrorCode.INVALID_RECORD);
        assertError(patched(b -> b.setInt(RecordBatchHeader.COUNT, -1)), ErrorCode.INVALID_RECORD);
        assertError(
                patched(b -> b.setInt(RecordBatchHeader.LAST_OFFSET_DELTA, -1)),
                ErrorCode.INVALID_RECORD);
        assertError(
                patched(
                        b -> {
                            b.setInt(RecordBatchHeader.COUNT, Integer.MAX_VALUE);
                            b.setInt(RecordBatchHeader.LAST_OFFSET_DELTA, Integer.MAX_VALUE - 1);
                        }),
                ErrorCode.INVALID_RECORD);
        for (long baseOffset : new long[] {-1, 1, Long.MAX_VALUE}) {
            assertError(
                    patched(b -> b.setLong(RecordBatchHeader.BASE_OFFSET, baseOffset)),
                    ErrorCode.INVALID_RECORD);
        }
    }

    @Test
    @Tag("wire-19")
    void reservedCodecsAndControlBatchesAreRefused() {
        for (int codec = 5; codec <= 7; codec++) {
            int bits = codec;
            assertError(
                    patched(b -> b.setShort(RecordBatchHeader.ATTRIBUTES, bits)),
                    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
        }
        assertError(
                batch(CompressionType.NONE, RecordBatchBuilder::control), ErrorCode.INVALID_RECORD);
    }

    @Test
    void producersNeedEpochAndSequence() {
        assertError(
                batch(CompressionType.NONE, b -> b.producer(5, (short) -1, 0)),
                ErrorCode.INVALID_PRODUCER_EPOCH);
        assertError(
                batch(CompressionType.NONE, b -> b.producer(5, (short) 1, -1)),
                ErrorCode.INVALID_RECORD);
        assertError(
                batch(CompressionType.NONE, b -> b.producer(-7, (short) 1, 1)),
                ErrorCode.INVALID_RECORD);
        assertError(
                batch(CompressionType.NONE, RecordBatchBuilder::transactional),
                ErrorCode.INVALID_RECORD);
        assertThat(
                        BatchValidator.validate(
                                batch(
                                        CompressionType.NONE,
                                        b -> b.producer(5, Short.MAX_VALUE, Integer.MAX_VALUE)),
                                RULES,
                                NOW))
                .isInstanceOf(Valid.class);
    }

    @Test
    void timestampsMustLieInTheWindowUnlessTheLogStampsThem() {
        ByteBuf batch = batch();
        assertThat(BatchValidator.validate(batch, RULES, NOW + 1_000_000))
                .isInstanceOf(Valid.class);
        assertThat(error(BatchValidator.validate(batch, RULES, NOW + 1_000_001)))
                .isEqualTo(ErrorCode.INVALID_TIMESTAMP);
        assertThat(error(BatchValidator.validate(batch, RULES, NOW - 60_003)))
                .isEqualTo(ErrorCode.INVALID_TIMESTAMP);
        BatchRules stamped = new BatchRules(1 << 20, false, TimestampType.LOG_APPEND_TIME, 1, 1);
        assertThat(BatchValidator.validate(batch, stamped, 0)).isInstanceOf(Valid.class);
        BatchRules anyPast =
                new BatchRules(1 << 20, false, TimestampType.CREATE_TIME, Long.MAX_VALUE, 1);
        ByteBuf atZero = Unpooled.buffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(atZero, Compression.NONE);
        builder.append(0, null, new byte[1]);
        builder.build();
        assertThat(BatchValidator.validate(atZero, anyPast, NOW)).isInstanceOf(Valid.class);
    }

    @Test
    @Tag("wire-19")
    void recordsWithoutKeyAreNamedOnCompactedTopics() {
        ByteBuf out = Unpooled.buffer();
        RecordBatchBuilder builder =
                new RecordBatchBuilder(out, Compression.of(CompressionType.LZ4));
        builder.append(NOW, new byte[] {1}, new byte[1]);
        builder.append(NOW, (byte[]) null, new byte[1]);
        builder.append(NOW, (byte[]) null, new byte[1]);
        builder.build();
        Invalid invalid = (Invalid) BatchValidator.validate(out, COMPACTED, NOW);
        assertThat(invalid.error()).isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(invalid.records()).extracting(RecordError::index).containsExactly(1, 2);
        assertThat(BatchValidator.validate(out, RULES, NOW)).isInstanceOf(Valid.class);
    }

    @Test
    void bombsAreRefused() {
        for (CompressionType type : List.of(CompressionType.GZIP, CompressionType.ZSTD)) {
            assertError(zeros(type, 20 << 20), "beyond the limit");
        }
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void whatUnpacksToNoMoreThanAMessageIsNoBomb(CompressionType type) {
        assertThat(BatchValidator.validate(zeros(type, 1_000_000), RULES, NOW))
                .isInstanceOf(Valid.class);
    }

    private static ByteBuf zeros(CompressionType type, int bytes) {
        ByteBuf out = Unpooled.buffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.of(type));
        builder.append(NOW, new byte[1], new byte[bytes]);
        builder.build();
        return out;
    }

    @ParameterizedTest
    @EnumSource(value = CompressionType.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    @Tag("wire-19")
    void compressedNonsenseUnderARightCrcIsRefused(CompressionType type) {
        int first = RecordBatchHeader.HEADER_BYTES;
        ByteBuf cut = batch(type, b -> {});
        for (int at = first; at < cut.readableBytes(); at++) {
            int position = at;
            ByteBuf changed =
                    repaired(batch(type, b -> {}), b -> b.setByte(position, ~b.getByte(position)));
            if (BatchValidator.validate(changed, RULES, NOW) instanceof Valid valid) {
                assertThat(offsetsRead(valid.batch())).containsExactly(0L, 1L, 2L);
            }
        }
        ByteBuf plainCalledCompressed =
                patched(b -> b.setShort(RecordBatchHeader.ATTRIBUTES, type.id()));
        assertError(plainCalledCompressed, ErrorCode.INVALID_RECORD);
        ByteBuf wrongCount =
                repaired(
                        batch(type, b -> {}),
                        b -> {
                            b.setInt(RecordBatchHeader.COUNT, 4);
                            b.setInt(RecordBatchHeader.LAST_OFFSET_DELTA, 3);
                        });
        assertError(wrongCount, ErrorCode.INVALID_RECORD);
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    @Tag("wire-19")
    void theLatestTimeIsThatOfTheRecordsWhateverTheHeaderSays(CompressionType type) {
        for (long told : new long[] {-1, 0, NOW + 5, Long.MAX_VALUE}) {
            ByteBuf batch =
                    repaired(
                            batch(type, b -> {}),
                            b -> b.setLong(RecordBatchHeader.MAX_TIMESTAMP, told));
            Valid valid = (Valid) BatchValidator.validate(batch, RULES, NOW);
            assertThat(valid.maxTimestampMs()).isEqualTo(NOW + 2);
            valid.batch().keepCreateTime(valid.maxTimestampMs());
            assertThat(valid.batch().maxTimestamp()).isEqualTo(NOW + 2);
            assertThat(valid.batch().isCrcValid()).isTrue();
        }
    }

    @Test
    @Tag("wire-19")
    void everyRecordOutsideTheWindowIsNamed() {
        ByteBuf out = Unpooled.buffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.NONE);
        long[] times = {NOW, NOW - 1_000_001, -1, NOW + 60_001, NOW + 60_000};
        for (long time : times) {
            builder.append(time, new byte[1], null);
        }
        builder.build();
        Invalid invalid = (Invalid) BatchValidator.validate(out, RULES, NOW);
        assertThat(invalid.error()).isEqualTo(ErrorCode.INVALID_TIMESTAMP);
        assertThat(invalid.records()).extracting(RecordError::index).containsExactly(1, 3);
    }

    @Test
    void recordsWithoutATimeAreTaken() {
        ByteBuf out = Unpooled.buffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.NONE);
        builder.append(-1, new byte[1], null);
        builder.append(-1, new byte[1], null);
        builder.build();
        assertThat(((Valid) BatchValidator.validate(out, RULES, NOW)).maxTimestampMs())
                .isEqualTo(-1);
    }

    @Test
    void onlyTheBrokerSetsLogAppendTime() {
        ByteBuf stampedByClient =
                patched(
                        b ->
                                b.setShort(
                                        RecordBatchHeader.ATTRIBUTES,
                                        RecordBatchHeader.LOG_APPEND_TIME_FLAG));
        BatchRules stamped = new BatchRules(1 << 20, false, TimestampType.LOG_APPEND_TIME, 1, 1);
        Invalid invalid = (Invalid) BatchValidator.validate(stampedByClient, stamped, NOW);
        assertThat(invalid.error()).isEqualTo(ErrorCode.INVALID_TIMESTAMP);
        assertThat(invalid.records()).hasSize(3);
        Valid kept = (Valid) BatchValidator.validate(stampedByClient, RULES, NOW);
        kept.batch().keepCreateTime(kept.maxTimestampMs());
        assertThat(kept.batch().timestampType()).isEqualTo(TimestampType.CREATE_TIME);
        assertThat(kept.batch().isCrcValid()).isTrue();
    }

    @Test
    void recordsThatAreNotLaidOutAsTheFormatSaysAreRefused() {
        // A record: length, attributes, timestamp delta, offset delta, key length, key, ...
        int first = RecordBatchHeader.HEADER_BYTES;
        assertError(patched(b -> b.setByte(first, 0)), "length 0 with");
        assertError(patched(b -> b.setByte(first, 1)), "length -1 with");
        assertError(patched(b -> b.setByte(first, 126)), "length 63 with 53 bytes left");
        assertError(
                patched(b -> b.setByte(first, b.getByte(first) - 2)), "0 of 3: it ends too early");
        assertError(patched(b -> b.setByte(first, b.getByte(first) + 2)), "1 bytes follow its");
        assertError(patched(b -> b.setByte(first + 3, 2)), "record 0 of 3: offset delta 1");
        assertError(patched(b -> b.setByte(first + 4, 3)), "key of -2 bytes");
        assertError(patched(b -> b.setByte(first + 4, 120)), "key of 60 bytes");
        assertError(patched(b -> b.setByte(first + 6, 3)), "value of -2 bytes");
        assertError(patched(b -> b.setByte(first + 17, 1)), "-1 headers in 0 bytes");
        assertError(patched(b -> b.setByte(first + 17, 2)), "1 headers in 0 bytes");
        assertError(patched(b -> b.setLong(first, -1)), "varint is longer than 5 bytes");
    }

    @Test
    void headersMustFillTheirRecord() {
        int count = RecordBatchHeader.HEADER_BYTES + 6;
        assertThat(BatchValidator.validate(withHeader(b -> {}), RULES, NOW))
                .isInstanceOf(Valid.class);
        assertError(withHeader(b -> b.setByte(count, 0)), "4 bytes follow its last part");
        assertError(withHeader(b -> b.setByte(count, 4)), "it ends too early");
        assertError(withHeader(b -> b.setByte(count + 1, 1)), "header key of -1 bytes");
        assertError(withHeader(b -> b.setByte(count + 1, 8)), "header key of 4 bytes");
        assertError(withHeader(b -> b.setByte(count + 3, 3)), "header value of -2 bytes");
        assertError(withHeader(b -> b.setByte(count + 3, 4)), "header value of 2 bytes");
        assertError(withHeader(b -> b.setByte(count + 3, 1)), "1 bytes follow its last part");
    }

    @Test
    void noChangedByteUnderARightCrcMakesARecordThatReadersFailOn() {
        for (int at = RecordBatchHeader.HEADER_BYTES; at < batch().readableBytes(); at++) {
            for (int value = 0; value < 256; value++) {
                int position = at;
                int changed = value;
                ByteBuf batch = patched(b -> b.setByte(position, changed));
                if (BatchValidator.validate(batch, RULES, NOW) instanceof Valid valid) {
                    assertThat(offsetsRead(valid.batch())).containsExactly(0L, 1L, 2L);
                }
            }
        }
    }

    private static List<Long> offsetsRead(RecordBatchView batch) {
        List<Long> offsets = new ArrayList<>();
        try (RecordCursor cursor =
                batch.records(
                        UnpooledByteBufAllocator.DEFAULT, DecompressionLimit.ofReader(1 << 20))) {
            while (cursor.next()) {
                cursor.headers();
                offsets.add(cursor.offset());
            }
        }
        return offsets;
    }

    /** One record with neither key nor value and the header "h" of one byte. */
    private static ByteBuf withHeader(Consumer<ByteBuf> change) {
        ByteBuf batch = Unpooled.buffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(batch, Compression.NONE);
        builder.append(
                NOW,
                (byte[]) null,
                (byte[]) null,
                List.of(new RecordHeader("h", Unpooled.wrappedBuffer(new byte[1]))));
        builder.build();
        return repaired(batch, change);
    }

    private static ByteBuf batch() {
        return batch(CompressionType.NONE, builder -> {});
    }

    private static ByteBuf batch(CompressionType type, Consumer<RecordBatchBuilder> settings) {
        ByteBuf out = Unpooled.buffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.of(type));
        settings.accept(builder);
        for (int i = 0; i < 3; i++) {
            builder.append(NOW + i, new byte[] {(byte) i}, new byte[10]);
        }
        builder.build();
        return out;
    }

    /** A batch whose header was changed and whose CRC fits the change. */
    private static ByteBuf patched(Consumer<ByteBuf> change) {
        return repaired(batch(), change);
    }

    private static ByteBuf repaired(ByteBuf batch, Consumer<ByteBuf> change) {
        change.accept(batch);
        batch.setInt(RecordBatchHeader.CRC, RecordBatchView.at(batch, 0).computeCrc());
        return batch;
    }

    private static void assertError(ByteBuf batch, ErrorCode expected) {
        assertThat(error(BatchValidator.validate(batch, RULES, NOW))).isEqualTo(expected);
    }

    private static void assertError(ByteBuf batch, String reason) {
        BatchValidation result = BatchValidator.validate(batch, RULES, NOW);
        assertThat(error(result)).isEqualTo(ErrorCode.INVALID_RECORD);
        assertThat(((Invalid) result).reason()).contains(reason);
    }

    private static ErrorCode error(BatchValidation result) {
        return ((Invalid) result).error();
    }
}
