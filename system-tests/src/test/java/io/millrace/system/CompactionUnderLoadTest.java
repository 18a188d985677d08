package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.ApacheTool;
import io.millrace.peers.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Compaction that never rests, under load, with SIGKILL of the broker now and then: afterwards a
 * table built from the topic holds the last value of every key, tombstones and markers are gone as
 * the rules say, and Apache's dump tool finds no fault in the segments.
 */
class CompactionUnderLoadTest {
    private static final String TOPIC = "table";
    private static final int PARTITIONS = 3;

    @Test
    void theLastValueOfEveryKeySurvivesCompactionAndAKill() throws Exception {
        verify(60_000, 1);
    }

    @Test
    @Tag("slow")
    void theLastValueOfEveryKeySurvivesCompactionOfAMillionRecordsAndTenKills() throws Exception {
        verify(1_000_000, 10);
    }

    private static void verify(int records, int kills) throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("seed " + seed + " (repeat with -Dseed=" + seed + ")");
        Path directory = Scratch.directory("compaction-under-load-");
        Map<String, String> config =
                Map.of(
                        "log.cleaner.backoff.ms", "50",
                        "log.cleaner.threads", "2",
                        // Room for some of the keys only: rounds end before their section does.
                        "log.cleaner.dedupe.buffer.size", "100000",
                        "transaction.state.log.num.partitions", "2",
                        "offsets.topic.num.partitions", "2");
        try (BrokerUnderTest broker = MillraceServer.start(directory, "256m", config)) {
            createTopic(broker);
            try (KeyedLoad load = new KeyedLoad(broker.bootstrap(), TOPIC, PARTITIONS, seed)) {
                load.start(records);
                Random random = new Random(seed);
                for (int kill = 1; kill <= kills; kill++) {
                    int share = (int) ((long) records * kill / (kills + 1));
                    load.awaitSettled(share + random.nextInt(records / (kills + 1) / 2));
                    broker.kill();
                    broker.restart();
                }
                load.awaitEnd();
                assertThat(load.failures()).as("failed sends").isEmpty();
                assertThat(load.sent()).isGreaterThanOrEqualTo(records);

                Map<String, String> expected = load.expected();
                KeyedTable before = KeyedTable.read(broker.bootstrap(), TOPIC, PARTITIONS);
                assertThat(before.differencesFrom(expected)).isEmpty();
                assertThat(before.recordsRead()).isLessThan(load.sent());
                assertThat(broker.process().output()).contains("log compacted");
                awaitTombstonesGone(broker, load, expected);
            }
            broker.kill();
            dump(broker.logDirectory());
            broker.restart();
            assertThat(KeyedTable.read(broker.bootstrap(), TOPIC, PARTITIONS).recordsRead())
                    .isPositive();
        }
    }

    /** Writes new values until the rounds they cause have removed what was due to be removed. */
    private static void awaitTombstonesGone(
            BrokerUnderTest broker, KeyedLoad load, Map<String, String> expected) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(
                        () -> {
                            load.writeFiller();
                            KeyedTable now = KeyedTable.read(broker.bootstrap(), TOPIC, PARTITIONS);
                            assertThat(now.differencesFrom(expected)).isEmpty();
                            assertThat(now.tombstones()).as("tombstones left").isZero();
                            assertThat(now.keysReadTwice()).as("keys left twice").isZero();
                        });
    }

    private static void createTopic(BrokerUnderTest broker) throws Exception {
        NewTopic topic =
                new NewTopic(TOPIC, PARTITIONS, (short) 1)
                        .configs(
                                Map.of(
                                        "cleanup.policy", "compact",
                                        "segment.bytes", "1048576",
                                        "segment.ms", "1000",
                                        "min.cleanable.dirty.ratio", "0.01",
                                        "delete.retention.ms", "1000",
                                        "file.delete.delay.ms", "500"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(topic)).all().get();
        }
    }

    private static void dump(Path logs) throws IOException {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            try (Stream<Path> files = Files.list(logs.resolve(TOPIC + "-" + partition))) {
                List<String> names =
                        files.map(Path::toString)
                                .filter(name -> name.endsWith(".log") || name.endsWith("index"))
                                .sorted()
                                .toList();
                ApacheTool.Result result =
                        ApacheTool.run(
                                ApacheTool.DUMP_LOG_SEGMENTS,
                                "--deep-iteration",
                                "--files",
                                String.join(",", names));
                assertThat(result.exitCode()).as(result.output()).isZero();
                assertThat(result.output())
                        .contains("isvalid: true")
                        .doesNotContain("isvalid: false")
                        .doesNotContain("Found index mismatch")
                        .doesNotContainIgnoringCase("out of order")
                        .doesNotContain("Exception");
                // A batch kept without records bears its time still, for retention; the tool finds
                // no record of that time, as in segments that Apache Kafka compacted.
                assertThat(result.output().lines().filter(l -> l.contains("log timestamp: ")))
                        .allMatch(line -> line.endsWith("log timestamp: -1"));
            }
        }
    }
}
