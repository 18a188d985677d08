package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.AbortedTransaction;
import io.millrace.broker.log.Batches;
import io.millrace.peers.ApacheTool;
import io.millrace.protocol.compress.CompressionType;
import io.netty.buffer.ByteBuf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Apache's own tool reads segments, indexes and snapshots: closed ones and those being written. */
class ApacheReadsOurFilesTest {
    @TempDir Path root;

    @Test
    void logDumpFindsNoFaultInSegmentsIndexesAndSnapshots() throws Exception {
        TestBroker broker = new TestBroker(root, new ManualClock(Batches.NOW));
        Partition orders =
                broker.orders(config("segment.bytes", "40000", "index.interval.bytes", "500"));
        SplittableRandom random = new SplittableRandom(1);
        long time = Batches.NOW - 1_000_000;
        for (int i = 0; i < 600; i++) {
            time += random.nextInt(100) - 20;
            CompressionType codec = CompressionType.values()[random.nextInt(5)];
            int count = 1 + random.nextInt(5);
            ByteBuf batch =
                    i % 3 == 0
                            ? Batches.idempotent(7, 0, i / 3, "x", 1)
                            : Batches.compressed(codec, "r" + i, count, time);
            broker.append(orders, batch);
        }
        broker.await(orders.checkpoint());
        String whileOpen = dump(root.resolve("orders-0"));
        broker.shutDown();
        String afterClose = dump(root.resolve("orders-0"));

        for (String output : List.of(whileOpen, afterClose)) {
            assertThat(output)
                    .contains("baseOffset: 0 ")
                    .contains("producerId: 7 ")
                    .contains("isvalid: true")
                    .doesNotContain("isvalid: false")
                    .doesNotContainIgnoringCase("mismatch")
                    .doesNotContainIgnoringCase("out of order")
                    .doesNotContainIgnoringCase("not found")
                    .doesNotContain("Exception");
            assertThat(gapsIn(output))
                    .containsExactlyInAnyOrderElementsOf(gapsBeforeFirstRecords(output));
        }
    }

    @Test
    @Tag("wire-29")
    void logDumpReadsMarkersAbortedTransactionsAndOpenOnes() throws Exception {
        TestBroker broker = new TestBroker(root, new ManualClock(Batches.NOW));
        Partition orders = broker.orders(config("segment.bytes", "1024"));
        AppendTransactions writer = new AppendTransactions(broker, orders);
        for (int i = 0; i < 12; i++) {
            writer.append(7, 0, 2 * i, 2);
            writer.end(7, 0, 3, i % 3 == 0);
        }
        writer.append(8, 5, 0, 1);
        writer.append(9, 0, 0, 1);
        writer.end(9, 1, 4, false);
        broker.shutDown();
        String output = dump(root.resolve("orders-0"));

        List<AbortedTransaction> aborted = abortedIn(output);
        assertThat(aborted).hasSize(9);
        assertThat(aborted.get(0)).isEqualTo(new AbortedTransaction(7, 3, 5, 6));
        assertThat(aborted.get(8)).isEqualTo(new AbortedTransaction(9, 37, 38, 36));
        assertThat(output)
                .contains("endTxnMarker: COMMIT coordinatorEpoch: 3")
                .contains("endTxnMarker: ABORT coordinatorEpoch: 4")
                .containsPattern(
                        "producerId: 8 producerEpoch: 5 coordinatorEpoch: -1"
                                + " currentTxnFirstOffset: (OptionalLong\\[36]|Some\\(36\\)|36)")
                .containsPattern("producerId: 9 producerEpoch: 1 coordinatorEpoch: 4")
                .doesNotContain("Exception")
                .doesNotContainIgnoringCase("mismatch");
    }

    private static List<AbortedTransaction> abortedIn(String output) {
        return Pattern.compile(
                        "version: 0 producerId: (\\d+) firstOffset: (\\d+) lastOffset: (\\d+)"
                                + " lastStableOffset: (\\d+)")
                .matcher(output)
                .results()
                .map(
                        m ->
                                new AbortedTransaction(
                                        Long.parseLong(m.group(1)),
                                        Long.parseLong(m.group(2)),
                                        Long.parseLong(m.group(3)),
                                        Long.parseLong(m.group(4))))
                .toList();
    }

    /** Offsets that the tool found not to follow each other within a segment. */
    private static List<String> gapsIn(String output) {
        return output.lines().map(String::strip).filter(l -> l.contains("is followed by")).toList();
    }

    /**
     * The tool expects offset 0 first in every segment and calls any other a gap after -1; it says
     * the same of segments that Apache Kafka wrote. So one such line per later segment, naming its
     * first offset, means that there is no gap.
     */
    private static List<String> gapsBeforeFirstRecords(String output) {
        List<String> gaps =
                output.lines()
                        .filter(line -> line.startsWith("Log starting offset: "))
                        .map(line -> line.substring("Log starting offset: ".length()))
                        .filter(offset -> !offset.equals("0"))
                        .map(offset -> "-1 is followed by " + offset)
                        .toList();
        assertThat(gaps).isNotEmpty();
        return gaps;
    }

    private static String dump(Path partition) throws Exception {
        try (Stream<Path> files = Files.list(partition)) {
            List<String> names =
                    files.map(Path::toString)
                            .filter(
                                    name ->
                                            name.endsWith(".log")
                                                    || name.endsWith("index")
                                                    || name.endsWith(".snapshot"))
                            .sorted()
                            .toList();
            assertThat(names).hasSizeGreaterThan(6);
            ApacheTool.Result result =
                    ApacheTool.run(
                            ApacheTool.DUMP_LOG_SEGMENTS,
                            "--deep-iteration",
                            "--print-data-log",
                            "--files",
                            String.join(",", names));
            assertThat(result.exitCode()).as(result.output()).isZero();
            return result.output();
        }
    }
}
