package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.LogConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The process ends before each single change that a round of compaction makes to the disk; what is
 * found by the next start holds the same last values, and compacts further.
 */
class CompactionCrashTest {
    private static final LogConfig COMPACT =
            config(
                    "cleanup.policy", "compact",
                    "segment.bytes", "1024",
                    "delete.retention.ms", "0",
                    "min.cleanable.dirty.ratio", "0.01");

    @TempDir Path root;

    @Test
    void aCrashAtAnyPointOfARoundLosesNoLastValue() throws IOException {
        int crashes = 0;
        for (int survived = 0; ; survived++) {
            Path directory = Files.createDirectory(root.resolve("crash-" + survived));
            ManualClock clock = new ManualClock(Batches.NOW);
            Map<String, String> expected = fill(directory, clock);
            DyingLogDir disk = new DyingLogDir(directory, survived);
            TestBroker dying = new TestBroker(disk, clock);
            dying.orders(COMPACT);
            disk.armed = true;
            dying.cleaner();

            TestBroker next = new TestBroker(new DyingLogDir(directory, 0), clock);
            Partition orders = next.orders(COMPACT);
            assertThat(LogContent.of(next, orders).table())
                    .as("after a crash before change %d", survived)
                    .containsExactlyInAnyOrderEntriesOf(expected);
            assertThat(directory.resolve("orders-0").toFile().list())
                    .noneMatch(name -> name.endsWith(".cleaned") || name.endsWith(".swap"));
            next.cleaner();
            assertThat(LogContent.of(next, orders).table())
                    .containsExactlyInAnyOrderEntriesOf(expected);
            if (!disk.dead) {
                break;
            }
            crashes++;
        }
        assertThat(crashes).isGreaterThan(10);
    }

    /** Leaves a log of several segments, one round compacted and new ones behind it. */
    private static Map<String, String> fill(Path directory, ManualClock clock) {
        TestBroker broker = new TestBroker(new DyingLogDir(directory, 0), clock);
        Partition orders = broker.orders(COMPACT);
        for (int i = 0; i < 12; i++) {
            broker.append(
                    orders, Batches.keyed("a=" + i, "b" + i % 5 + "=" + i, "c=" + "x".repeat(300)));
        }
        broker.append(orders, Batches.keyed("b1=", "b2="));
        broker.cleaner();
        clock.advance(Duration.ofMillis(10));
        for (int i = 0; i < 9; i++) {
            broker.append(orders, Batches.keyed("a=n" + i, "d=" + "y".repeat(300)));
        }
        broker.append(orders, Batches.keyed("b3=", "d=" + "z".repeat(900)));
        Map<String, String> expected = LogContent.of(broker, orders).table();
        broker.shutDown();
        return expected;
    }
}
