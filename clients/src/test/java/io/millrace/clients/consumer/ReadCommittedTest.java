package io.millrace.clients.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.serde.Serdes;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.message.FetchResponse.AbortedTransaction;
import io.millrace.protocol.record.Crc32c;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a reader of committed records makes of one fetch. */
class ReadCommittedTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);
    private static final int COMMIT = 1;
    private static final int ABORT = 0;

    private final ByteBuf log = Unpooled.buffer();
    private final List<AbortedTransaction> aborted = new ArrayList<>();
    private long end;

    @Test
    void interleavedTransactionsAreToldApartByTheirProducer() {
        data(1, "a1");
        data(2, "b1");
        data(1, "a2");
        plain("p1");
        marker(2, ABORT);
        data(2, "b2");
        marker(1, COMMIT);
        data(1, "a3");
        marker(2, COMMIT);
        marker(1, ABORT);
        aborted(2, 1);
        aborted(1, 7);
        assertThat(read(IsolationLevel.READ_COMMITTED)).containsExactly("a1", "a2", "p1", "b2");
    }

    @Test
    void whoReadsUncommittedSeesEverythingButMarkers() {
        data(1, "a1");
        marker(1, ABORT);
        plain("p");
        aborted(1, 0);
        assertThat(read(IsolationLevel.READ_UNCOMMITTED)).containsExactly("a1", "p");
    }

    @Test
    void theAbortedListNeedNotBeInOrder() {
        data(1, "a1");
        data(2, "b1");
        marker(2, ABORT);
        marker(1, ABORT);
        data(1, "a2");
        marker(1, COMMIT);
        aborted(2, 1);
        aborted(1, 0);
        assertThat(read(IsolationLevel.READ_COMMITTED)).containsExactly("a2");
    }

    @Test
    void aTransactionThatBeganBeforeThisFetchIsStillSkipped() {
        end = 100;
        data(1, "late half");
        marker(1, ABORT);
        data(1, "next");
        marker(1, COMMIT);
        aborted(1, 3);
        assertThat(read(IsolationLevel.READ_COMMITTED)).containsExactly("next");
    }

    @Test
    void twoAbortedTransactionsOfOneProducerEndEachAtItsOwnMarker() {
        data(1, "first");
        marker(1, ABORT);
        data(1, "kept");
        marker(1, COMMIT);
        data(1, "second");
        marker(1, ABORT);
        aborted(1, 0);
        aborted(1, 4);
        assertThat(read(IsolationLevel.READ_COMMITTED)).containsExactly("kept");
    }

    @Test
    void thePositionMovesBehindAMarkerAtTheEnd() {
        data(1, "a1");
        marker(1, ABORT);
        aborted(1, 0);
        RecordReader<String, String> reader = reader(IsolationLevel.READ_COMMITTED);
        assertThat(reader.next()).isNull();
        assertThat(reader.nextOffset()).isEqualTo(2);
    }

    @Test
    void aMarkerThatWasCompactedAwayLeavesItsProducerTrusted() {
        // Its records went with it, or were turned into committed ones by the compaction.
        data(1, "kept");
        marker(1, COMMIT);
        end += 5;
        data(1, "later");
        assertThat(read(IsolationLevel.READ_COMMITTED)).containsExactly("kept", "later");
    }

    @Test
    void anEmptyControlBatchIsNoMarker() {
        data(1, "a1");
        emptyControl(1);
        data(1, "a2");
        marker(1, ABORT);
        data(1, "a3");
        marker(1, COMMIT);
        aborted(1, 0);
        assertThat(read(IsolationLevel.READ_COMMITTED)).containsExactly("a3");
    }

    @Test
    void recordsOutsideOfTransactionsAreAlwaysCommitted() {
        data(1, "a1");
        idempotent(1, "same producer id, no transaction");
        marker(1, ABORT);
        aborted(1, 0);
        assertThat(read(IsolationLevel.READ_COMMITTED))
                .containsExactly("same producer id, no transaction");
    }

    private void data(long producer, String value) {
        add(new RecordBatchBuilder(log, Compression.NONE).transactional(), producer, value);
    }

    private void idempotent(long producer, String value) {
        add(new RecordBatchBuilder(log, Compression.NONE), producer, value);
    }

    private void plain(String value) {
        add(new RecordBatchBuilder(log, Compression.NONE), -1, value);
    }

    private void add(RecordBatchBuilder builder, long producer, String value) {
        builder.baseOffset(end)
                .producer(producer, (short) 0, 0)
                .append(0, null, value.getBytes(StandardCharsets.UTF_8), List.of());
        finish(builder);
    }

    private void marker(long producer, int type) {
        byte[] key = ByteBuffer.allocate(4).putShort((short) 0).putShort((short) type).array();
        RecordBatchBuilder builder =
                new RecordBatchBuilder(log, Compression.NONE).transactional().control();
        builder.baseOffset(end)
                .producer(producer, (short) 0, -1)
                .append(0, key, new byte[6], List.of());
        finish(builder);
    }

    private void emptyControl(long producer) {
        int start = log.writerIndex();
        marker(producer, ABORT);
        // Keeps the header, says that there are no records, and drops them.
        int header = 61;
        log.writerIndex(start + header);
        log.setInt(start + 8, header - 12);
        log.setInt(start + 57, 0);
        int crc = Crc32c.of(log, start + 21, header - 21);
        log.setInt(start + 17, crc);
    }

    private void finish(RecordBatchBuilder builder) {
        builder.build();
        end++;
    }

    private void aborted(long producer, long firstOffset) {
        aborted.add(new AbortedTransaction().producerId(producer).firstOffset(firstOffset));
    }

    private List<String> read(IsolationLevel isolation) {
        RecordReader<String, String> reader = reader(isolation);
        List<String> values = new ArrayList<>();
        ConsumerRecord<String, String> record;
        while ((record = reader.next()) != null) {
            values.add(record.value());
        }
        assertThat(reader.nextOffset()).isEqualTo(end);
        return values;
    }

    private RecordReader<String, String> reader(IsolationLevel isolation) {
        ConsumerConfig config =
                ConsumerConfig.parse(
                        Map.of(
                                "bootstrap.servers",
                                "one:1",
                                "isolation.level",
                                isolation.name().toLowerCase(java.util.Locale.ROOT)));
        return new RecordReader<>(
                new FetchedRecords(PARTITION, 0, 0, log, end, end, end, aborted),
                0,
                config,
                Serdes.string().deserializer(),
                Serdes.string().deserializer());
    }
}
