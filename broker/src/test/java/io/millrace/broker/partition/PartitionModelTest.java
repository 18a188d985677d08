package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.FaultyLogDir;
import io.millrace.broker.log.LogConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random operations on one partition, compared after each with a list in memory: appends of several
 * producers, repeats, restarts of both kinds, retention, DeleteRecords, full disks, lookups.
 */
class PartitionModelTest {
    private static final int SEEDS = 12;
    private static final int STEPS = 80;

    @TempDir Path root;

    @Test
    void randomOperationsBehaveLikeAList() throws IOException {
        long first = Long.getLong("seed", 1);
        for (long seed = first; seed < first + SEEDS; seed++) {
            Path dir = Files.createDirectory(root.resolve("seed-" + seed));
            try {
                new Run(dir, seed).run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + " (repeat with -Dseed=" + seed + ")", e);
            }
        }
    }

    private static final class Run {
        private final ManualClock clock = new ManualClock(Batches.NOW);
        private final SplittableRandom random;
        private final LogConfig settings;
        private final FaultyLogDir disk;
        private TestBroker broker;
        private Partition orders;

        /** Values by offset; those below {@code start} are gone. */
        private final List<String> model = new ArrayList<>();

        private final Map<Integer, Integer> sequences = new HashMap<>();
        private final Map<Integer, Runnable> repeats = new HashMap<>();
        private long start;
        private int step;

        Run(Path dir, long seed) {
            random = new SplittableRandom(seed);
            settings =
                    config(
                            "segment.bytes", Integer.toString(1024 + random.nextInt(4000)),
                            "index.interval.bytes", Integer.toString(random.nextInt(400)),
                            "retention.bytes", Integer.toString(2000 + random.nextInt(6000)),
                            "flush.on.ack", Boolean.toString(random.nextInt(4) == 0));
            disk = new FaultyLogDir(dir);
            open();
        }

        private void open() {
            broker = new TestBroker(disk, clock);
            orders = broker.orders(settings);
            broker.await(orders.load());
        }

        void run() {
            for (step = 0; step < STEPS; step++) {
                clock.advance(Duration.ofMillis(random.nextInt(1000)));
                int choice = random.nextInt(100);
                if (choice < 45) {
                    append();
                } else if (choice < 60) {
                    appendIdempotent();
                } else if (choice < 68) {
                    repeats.values().stream().findFirst().ifPresent(Runnable::run);
                } else if (choice < 72) {
                    broker.shutDown();
                    open();
                } else if (choice < 77) {
                    open(); // As after SIGKILL: nothing was closed, the page cache is there.
                } else if (choice < 82) {
                    broker.await(broker.table.applyRetention(1 << 30));
                    start = orders.snapshot().orElseThrow().logStartOffset();
                } else if (choice < 86) {
                    start = Math.max(start, start + random.nextInt(model.size() - (int) start + 1));
                    broker.await(orders.deleteRecordsBefore(start));
                    broker.await(broker.table.checkpoint());
                } else if (choice < 90) {
                    appendToFullDisk();
                } else {
                    broker.await(broker.table.checkpoint());
                }
                check();
            }
        }

        private void append() {
            int count = 1 + random.nextInt(6);
            String prefix = "s" + step;
            long base = model.size();
            AppendResult result = broker.append(orders, Batches.of(prefix, count, clock.wallMs()));
            assertThat(result)
                    .isInstanceOfSatisfying(
                            AppendResult.Appended.class,
                            done -> assertThat(done.baseOffset()).isEqualTo(base));
            remember(prefix, count);
        }

        private void appendIdempotent() {
            int producer = 1 + random.nextInt(3);
            int count = 1 + random.nextInt(3);
            int sequence = sequences.getOrDefault(producer, 0);
            String prefix = "i" + step;
            long base = model.size();
            Runnable send =
                    () ->
                            assertThat(
                                            broker.append(
                                                    orders,
                                                    Batches.idempotent(
                                                            producer, 0, sequence, prefix, count)))
                                    .isInstanceOfSatisfying(
                                            AppendResult.Appended.class,
                                            done -> assertThat(done.baseOffset()).isEqualTo(base));
            send.run();
            sequences.put(producer, sequence + count);
            repeats.put(producer, send);
            remember(prefix, count);
        }

        private void appendToFullDisk() {
            disk.room = random.nextInt(40);
            disk.tornBytes = random.nextInt(100);
            AppendResult result = broker.append(orders, Batches.of("full", 1, clock.wallMs()));
            assertThat(result)
                    .isInstanceOfSatisfying(
                            AppendResult.Rejected.class,
                            no -> assertThat(no.message()).contains("no space left"));
            disk.room = Long.MAX_VALUE;
            assertThat(broker.directory.failure()).isNull();
        }

        private void remember(String prefix, int count) {
            for (int i = 0; i < count; i++) {
                model.add(prefix + "-" + i);
            }
        }

        private void check() {
            var snapshot = orders.snapshot().orElseThrow();
            assertThat(snapshot.logEndOffset()).as("end").isEqualTo(model.size());
            assertThat(snapshot.highWatermark()).as("high watermark").isEqualTo(model.size());
            assertThat(snapshot.logStartOffset()).as("start").isEqualTo(start);
            int from = (int) start + random.nextInt(model.size() - (int) start + 1);
            List<String> expected = new ArrayList<>();
            for (int i = from; i < model.size(); i++) {
                expected.add(i + ":" + model.get(i));
            }
            assertThat(broker.readAll(orders, from)).isEqualTo(expected);
        }
    }
}
