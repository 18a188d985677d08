package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.FaultyLogDir;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.TopicConfigKeys;
import io.millrace.broker.log.TopicConfigKeys.TopicConfigKey;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.error.ErrorCode;
import io.netty.buffer.ByteBuf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every configuration key of a topic does to a partition that is served while the key changes.
 * Each check begins with a log under the defaults.
 */
class TopicConfigEffectsTest {
    /** Keys without an effect on the log of one replica, and where their effect is checked. */
    private static final Map<String, String> ELSEWHERE =
            Map.of(
                    "unclean.leader.election.enable",
                            "the controller's, see ControllerDecisionsTest",
                    "preallocate", "accepted: files grow as they are written",
                    "leader.replication.throttled.replicas", "accepted: nothing to throttle",
                    "follower.replication.throttled.replicas", "accepted: nothing to throttle",
                    "remote.storage.enable", "accepted when false: there is no tiered storage",
                    "remote.log.copy.disable", "accepted: there is no tiered storage",
                    "remote.log.delete.on.disable", "accepted: there is no tiered storage",
                    "local.retention.bytes", "accepted: there is no tiered storage",
                    "local.retention.ms", "accepted: there is no tiered storage");

    @TempDir Path root;

    private final Map<String, Consumer<Log>> checks = new TreeMap<>();

    /** A served partition with its clock and disk. */
    private static final class Log {
        final ManualClock clock = new ManualClock(Batches.NOW);
        final FaultyLogDir disk;
        final TestBroker broker;
        final Partition orders;

        Log(Path directory) {
            disk = new FaultyLogDir(directory);
            broker = new TestBroker(disk, clock);
            orders = broker.orders(config());
            append("before=1");
        }

        void change(String... pairs) {
            broker.table.updateConfig("orders", config(pairs));
            broker.loop.runAll();
        }

        AppendResult append(String... pairs) {
            return broker.append(orders, Batches.keyed(pairs));
        }

        AppendResult appendAt(long timestampMs, String... pairs) {
            return broker.append(
                    orders, Batches.keyed(CompressionType.NONE, timestampMs, b -> b, pairs));
        }

        void appendBytes(int bytes) {
            append("big=" + "x".repeat(bytes));
        }

        int segments() {
            return orders.snapshot().orElseThrow().segments().size();
        }

        long start() {
            return orders.snapshot().orElseThrow().logStartOffset();
        }

        LogContent.Batch last() {
            List<LogContent.Batch> batches = LogContent.of(broker, orders).batches();
            return batches.get(batches.size() - 1);
        }

        void retain() {
            broker.await(orders.applyRetention(Long.MAX_VALUE / 2));
        }

        void pass(long ms) {
            broker.loop.advance(Duration.ofMillis(ms));
        }
    }

    private static ErrorCode refusal(AppendResult result) {
        return ((AppendResult.Rejected) result).error();
    }

    @Test
    void everyKeyIsCheckedOrHasAReasonNotToBe() {
        declare();
        List<String> covered = new ArrayList<>(checks.keySet());
        covered.addAll(ELSEWHERE.keySet());
        assertThat(covered)
                .containsExactlyInAnyOrderElementsOf(
                        TopicConfigKeys.all().stream().map(TopicConfigKey::name).toList());
    }

    @TestFactory
    Stream<DynamicTest> aChangeHoldsWhileThePartitionIsServed() {
        declare();
        return checks.entrySet().stream()
                .map(
                        check ->
                                DynamicTest.dynamicTest(
                                        check.getKey(),
                                        () ->
                                                check.getValue()
                                                        .accept(
                                                                new Log(
                                                                        Files.createDirectory(
                                                                                root.resolve(
                                                                                        check
                                                                                                .getKey()))))));
    }

    private void declare() {
        declareSegments();
        declareRetention();
        declareAppends();
        declareCompression();
        declareFlushing();
        declareCompaction();
    }

    private void declareSegments() {
        checks.put(
                "segment.bytes",
                log -> {
                    log.appendBytes(2000);
                    log.change("segment.bytes", "2048");
                    log.appendBytes(100);
                    assertThat(log.segments()).isEqualTo(2);
                });
        checks.put(
                "segment.ms",
                log -> {
                    log.change("segment.ms", "1000");
                    log.appendAt(Batches.NOW + 1000, "a=1");
                    assertThat(log.segments()).isEqualTo(1);
                    log.appendAt(Batches.NOW + 1001, "a=1");
                    assertThat(log.segments()).isEqualTo(2);
                    log.clock.advance(Duration.ofMillis(1001));
                    log.appendAt(Batches.NOW + 1001, "a=1");
                    assertThat(log.segments()).isEqualTo(3);
                });
        checks.put(
                "segment.jitter.ms",
                log -> {
                    log.change("segment.ms", "100000", "segment.jitter.ms", "100000");
                    log.appendAt(Batches.NOW + 100_000, "a=1");
                    assertThat(log.segments()).isEqualTo(2);
                });
        checks.put(
                "segment.index.bytes",
                log -> {
                    log.change("segment.index.bytes", "24", "index.interval.bytes", "0");
                    for (int i = 0; i < 10; i++) {
                        log.appendBytes(10);
                    }
                    assertThat(log.segments()).isGreaterThan(2);
                });
        checks.put(
                "index.interval.bytes",
                log -> {
                    log.change("index.interval.bytes", "100");
                    for (int i = 0; i < 20; i++) {
                        log.appendBytes(50);
                    }
                    log.broker.await(log.orders.checkpoint());
                    Path index = log.disk.root().resolve("orders-0/00000000000000000000.index");
                    assertThat(index.toFile().length()).isGreaterThanOrEqualTo(9 * 8);
                });
        checks.put(
                "file.delete.delay.ms",
                log -> {
                    log.change("file.delete.delay.ms", "5", "retention.ms", "1");
                    log.pass(2);
                    log.retain();
                    assertThat(deletedFiles(log)).isNotEmpty();
                    log.pass(5);
                    assertThat(deletedFiles(log)).isEmpty();
                });
    }

    private static List<String> deletedFiles(Log log) {
        String[] names = log.disk.root().resolve("orders-0").toFile().list();
        return Stream.of(names).filter(name -> name.endsWith(".deleted")).toList();
    }

    private void declareRetention() {
        checks.put(
                "retention.ms",
                log -> {
                    log.pass(1000);
                    log.change("retention.ms", "1000");
                    log.retain();
                    assertThat(log.start()).isZero();
                    log.pass(1);
                    log.retain();
                    assertThat(log.start()).isEqualTo(1);
                });
        checks.put(
                "retention.bytes",
                log -> {
                    log.change("segment.bytes", "1024");
                    for (int i = 0; i < 10; i++) {
                        log.appendBytes(900);
                    }
                    log.change("segment.bytes", "1024", "retention.bytes", "3000");
                    log.retain();
                    assertThat(log.orders.snapshot().orElseThrow().sizeInBytes())
                            .isBetween(3000L, 4024L);
                });
        checks.put(
                "cleanup.policy",
                log -> {
                    log.change("cleanup.policy", "compact", "retention.ms", "1");
                    log.pass(2);
                    log.retain();
                    assertThat(log.start()).isZero();
                    assertThat(refusal(log.broker.append(log.orders, Keyless.batch("x"))))
                            .isEqualTo(ErrorCode.INVALID_RECORD);
                    log.change("cleanup.policy", "compact,delete", "retention.ms", "1");
                    log.retain();
                    assertThat(log.start()).isEqualTo(1);
                });
    }

    private void declareAppends() {
        checks.put(
                "max.message.bytes",
                log -> {
                    log.change("max.message.bytes", "200");
                    assertThat(refusal(log.append("a=" + "x".repeat(200))))
                            .isEqualTo(ErrorCode.MESSAGE_TOO_LARGE);
                });
        checks.put(
                "message.timestamp.type",
                log -> {
                    log.change("message.timestamp.type", "LogAppendTime");
                    log.pass(77);
                    log.appendAt(5, "a=1");
                    assertThat(log.last().entries().get(0).timestampMs())
                            .isEqualTo(Batches.NOW + 77);
                });
        checks.put(
                "message.timestamp.before.max.ms",
                log -> {
                    log.change("message.timestamp.before.max.ms", "10");
                    assertThat(refusal(log.appendAt(Batches.NOW - 11, "a=1")))
                            .isEqualTo(ErrorCode.INVALID_TIMESTAMP);
                });
        checks.put(
                "message.timestamp.after.max.ms",
                log -> {
                    log.change("message.timestamp.after.max.ms", "10");
                    assertThat(refusal(log.appendAt(Batches.NOW + 11, "a=1")))
                            .isEqualTo(ErrorCode.INVALID_TIMESTAMP);
                });
        checks.put(
                "min.insync.replicas",
                log -> {
                    log.orders.lead(TestBroker.oneOfTwoInSync(1));
                    log.change("min.insync.replicas", "2");
                    assertThat(refusal(log.append("a=1"))).isEqualTo(ErrorCode.NOT_ENOUGH_REPLICAS);
                });
    }

    private void declareCompression() {
        checks.put(
                "compression.type",
                log -> {
                    for (CompressionType stored : CompressionType.values()) {
                        String name =
                                stored == CompressionType.NONE
                                        ? "uncompressed"
                                        : stored.configName();
                        log.change("compression.type", name);
                        for (CompressionType sent : CompressionType.values()) {
                            ByteBuf batch =
                                    Batches.keyed(sent, Batches.NOW, b -> b, "a=1", "b=", "c=3");
                            log.broker.append(log.orders, batch);
                            assertThat(log.last().codec()).isEqualTo(stored.id());
                            assertThat(log.last().entries())
                                    .extracting(entry -> entry.key() + "=" + entry.value())
                                    .containsExactly("a=1", "b=null", "c=3");
                        }
                    }
                });
        for (String codec : List.of("gzip", "lz4", "zstd")) {
            String thorough = Map.of("gzip", "9", "lz4", "17", "zstd", "19").get(codec);
            checks.put(
                    "compression." + codec + ".level",
                    log -> {
                        String level = "compression." + codec + ".level";
                        log.change("compression.type", codec, level, "1");
                        long quick = sizeOfText(log);
                        log.change("compression.type", codec, level, thorough);
                        assertThat(sizeOfText(log)).isLessThan(quick);
                    });
        }
    }

    /** Bytes that a batch of text takes in the log. */
    private static long sizeOfText(Log log) {
        StringBuilder text = new StringBuilder("a=");
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 8_000; i++) {
            text.append(Integer.toString(random.nextInt(400) * 7919, 36)).append(' ');
        }
        long before = log.orders.snapshot().orElseThrow().sizeInBytes();
        log.append(text.toString());
        return log.orders.snapshot().orElseThrow().sizeInBytes() - before;
    }

    private void declareFlushing() {
        checks.put(
                "flush.messages",
                log -> {
                    log.change("flush.messages", "3");
                    int before = log.disk.forces;
                    log.append("a=1");
                    assertThat(log.disk.forces).isEqualTo(before);
                    log.append("a=1");
                    assertThat(log.disk.forces).isGreaterThan(before);
                });
        checks.put(
                "flush.ms",
                log -> {
                    log.change("flush.ms", "1000");
                    int before = log.disk.forces;
                    log.append("a=1");
                    log.pass(999);
                    assertThat(log.disk.forces).isEqualTo(before);
                    log.pass(1);
                    assertThat(log.disk.forces).isGreaterThan(before);
                });
        checks.put(
                "flush.on.ack",
                log -> {
                    log.change("flush.on.ack", "true");
                    int before = log.disk.forces;
                    log.append("a=1");
                    assertThat(log.disk.forces).isGreaterThan(before);
                });
    }

    private void declareCompaction() {
        checks.put(
                "min.cleanable.dirty.ratio",
                log -> {
                    fillSegments(log, "min.cleanable.dirty.ratio", "1");
                    assertThat(log.broker.cleaner().figures().rounds()).isZero();
                    fillSegments(log, "min.cleanable.dirty.ratio", "0.5");
                    assertThat(log.broker.cleaner().figures().rounds()).isPositive();
                });
        checks.put(
                "min.compaction.lag.ms",
                log -> {
                    fillSegments(log, "min.compaction.lag.ms", "1000");
                    assertThat(log.broker.cleaner().figures().rounds()).isZero();
                    fillSegments(log, "min.compaction.lag.ms", "0");
                    assertThat(log.broker.cleaner().figures().rounds()).isPositive();
                });
        checks.put(
                "max.compaction.lag.ms",
                log -> {
                    String never = "min.cleanable.dirty.ratio";
                    fillSegments(log, never, "1");
                    log.pass(1001);
                    assertThat(log.broker.cleaner().figures().rounds()).isZero();
                    fillSegments(log, never, "1", "max.compaction.lag.ms", "1000");
                    assertThat(log.broker.cleaner().figures().rounds()).isPositive();
                });
        checks.put(
                "delete.retention.ms",
                log -> {
                    log.append("gone=");
                    fillSegments(log, "delete.retention.ms", "1000");
                    log.broker.cleaner();
                    assertThat(LogContent.of(log.broker, log.orders).batches())
                            .anyMatch(batch -> batch.horizonMs() == Batches.NOW + 1000);
                });
    }

    private static void fillSegments(Log log, String... pairs) {
        List<String> all =
                new ArrayList<>(List.of("cleanup.policy", "compact", "segment.bytes", "1024"));
        all.addAll(List.of(pairs));
        log.change(all.toArray(new String[0]));
        for (int i = 0; i < 4; i++) {
            log.appendBytes(900);
        }
    }

    @Test
    void withoutAKeyOfItsOwnATopicTakesTheBrokers() {
        LogConfig config =
                LogConfig.of("orders", Map.of(), Map.of("log.cleaner.delete.retention.ms", "5"));
        assertThat(config.compaction().deleteRetentionMs()).isEqualTo(5);
    }
}
