package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LogDamage;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.partition.AppendResult.Appended;
import io.millrace.broker.partition.AppendResult.Rejected;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.RecordCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes that changed on the disk after they were safe there: never served, never cut away. */
class DamagedLogTest {
    private static final String[] SMALL = {"segment.bytes", "2000", "index.interval.bytes", "200"};

    @TempDir Path root;
    private final ManualClock clock = new ManualClock(Batches.NOW);

    @Test
    void aDamagedTailAfterACleanStopIsKeptAndNothingIsWrittenOverIt() throws IOException {
        write(root, 3);
        Path log = root.resolve("orders-0/00000000000000000000.log");
        byte[] content = Files.readAllBytes(log);
        content[content.length - 5] ^= 1;
        Files.write(log, content);
        for (int start = 0; start < 2; start++) {
            TestBroker broker = new TestBroker(root, clock);
            Partition orders = broker.orders(config());
            broker.await(orders.load());
            LogDamage damage = orders.damage().orElseThrow();
            assertThat(damage.offset()).isEqualTo(2);
            assertThat(damage.toString()).contains("offset 2", log.toString(), "at byte", "CRC");
            Rejected refused = (Rejected) broker.append(orders, "over it", 1);
            assertThat(refused.error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
            assertThat(refused.message()).contains("damaged from offset 2");
            assertThat(readAll(broker, orders)).containsOnlyKeys(0L, 1L);
            assertThat(Files.readAllBytes(log)).isEqualTo(content);
            broker.shutDown();
        }
    }

    @Test
    void aFileThatLostItsEndIsNotTakenForAShorterLog() throws IOException {
        write(root, 3);
        Path log = root.resolve("orders-0/00000000000000000000.log");
        byte[] content = Files.readAllBytes(log);
        Files.write(log, java.util.Arrays.copyOf(content, content.length / 2));
        TestBroker broker = new TestBroker(root, clock);
        Partition orders = broker.orders(config());
        broker.await(orders.load());
        assertThat(orders.damage().orElseThrow().offset()).isEqualTo(1);
        assertThat(broker.append(orders, "shorter", 1)).isInstanceOf(Rejected.class);
    }

    @Test
    void damageInTheMiddleIsLeftOutAndWhatFollowsIsServedAndAppendedTo() throws IOException {
        write(root, 5);
        Path log = root.resolve("orders-0/00000000000000000000.log");
        byte[] content = Files.readAllBytes(log);
        content[content.length / 2] ^= 1;
        Files.write(log, content);
        TestBroker broker = new TestBroker(root, clock);
        Partition orders = broker.orders(config());
        assertThat(broker.append(orders, "more", 1)).isEqualTo(new Appended(5, 5, -1, 0));
        assertThat(readAll(broker, orders)).containsOnlyKeys(0L, 1L, 3L, 4L, 5L);
        assertThat(orders.damage().orElseThrow().offset()).isEqualTo(2);
    }

    @Test
    void whateverIsDamagedWhereverNothingWrongIsServed() throws IOException {
        for (int seed = 0; seed < 100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Path dir = Files.createDirectory(root.resolve("seed-" + seed));
            int records = 40 + random.nextInt(40);
            write(dir, records, SMALL);
            boolean cut = random.nextInt(4) == 0;
            Path file = cut ? lastLog(dir) : anyLog(dir, random);
            damage(file, cut, random);
            byte[] damaged = Files.readAllBytes(file);
            TestBroker broker = new TestBroker(dir, clock);
            Partition orders = broker.orders(config(SMALL));
            broker.await(orders.load());
            Map<Long, String> served = readAll(broker, orders);
            served.forEach((offset, value) -> assertThat(value).isEqualTo("r" + offset + "-0"));
            if (served.size() < records) {
                assertThat(orders.damage()).as("seed %d", seed).isPresent();
            }
            assertThat(Files.readAllBytes(file)).as("seed %d", seed).isEqualTo(damaged);
            broker.shutDown();
        }
    }

    private void write(Path dir, int records, String... settings) {
        TestBroker broker = new TestBroker(dir, clock);
        Partition orders = broker.orders(config(settings));
        for (int i = 0; i < records; i++) {
            broker.append(orders, "r" + i, 1);
        }
        broker.shutDown();
    }

    private static void damage(Path file, boolean cut, SplittableRandom random) throws IOException {
        byte[] content = Files.readAllBytes(file);
        if (cut) {
            Files.write(file, java.util.Arrays.copyOf(content, random.nextInt(content.length)));
            return;
        }
        content[coveredByte(content, random)] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, content);
    }

    /** Base offset and leader epoch are not under the CRC, by format. */
    private static int coveredByte(byte[] content, SplittableRandom random) {
        int batch = 0;
        for (RecordBatchView view : new RecordBatches(Unpooled.wrappedBuffer(content))) {
            batch = view.start();
            if (random.nextInt(10) == 0) {
                break;
            }
        }
        int size =
                new RecordBatches(Unpooled.wrappedBuffer(content).readerIndex(batch))
                        .iterator()
                        .next()
                        .sizeInBytes();
        int at = 8 + random.nextInt(size - 12);
        return batch + (at < 12 ? at : at + 4);
    }

    private static Path anyLog(Path dir, SplittableRandom random) throws IOException {
        List<Path> logs = logs(dir);
        return logs.get(random.nextInt(logs.size()));
    }

    private static Path lastLog(Path dir) throws IOException {
        List<Path> logs = logs(dir);
        return logs.get(logs.size() - 1);
    }

    private static List<Path> logs(Path dir) throws IOException {
        try (Stream<Path> files = Files.list(dir.resolve("orders-0"))) {
            return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
        }
    }

    /** What can be had by asking for each offset, as a client may. */
    private Map<Long, String> readAll(TestBroker broker, Partition partition) {
        Map<Long, String> all = new TreeMap<>();
        LogSnapshot log = partition.snapshot().orElseThrow();
        for (long offset = 0; offset < log.logEndOffset(); offset++) {
            ReadResult result = partition.read(offset, 100, true, Isolation.READ_UNCOMMITTED);
            if (result instanceof ReadResult.Data data
                    && data.records() instanceof FileRecords records) {
                FileRecords good =
                        data.cold() ? checked(broker, partition, records, offset) : records;
                if (good != null) {
                    decode(good, offset, all);
                }
            }
        }
        return all;
    }

    private static FileRecords checked(
            TestBroker broker, Partition partition, FileRecords records, long offset) {
        ColdReads cold = new ColdReads(io.millrace.base.loop.EventLoopGroup.single(broker.loop));
        Optional<LogDamage> damage = broker.await(cold.warm(records, offset));
        damage.ifPresent(partition::onDamage);
        return damage.map(records::before).orElse(damage.isPresent() ? null : records);
    }

    private static void decode(FileRecords records, long from, Map<Long, String> into) {
        try {
            ByteBuf bytes = records.read(UnpooledByteBufAllocator.DEFAULT);
            for (RecordBatchView batch : new RecordBatches(bytes)) {
                try (RecordCursor cursor =
                        batch.records(
                                UnpooledByteBufAllocator.DEFAULT,
                                DecompressionLimit.ofReader(1 << 20))) {
                    while (cursor.next()) {
                        if (cursor.offset() >= from) {
                            into.put(
                                    cursor.offset(),
                                    cursor.value().toString(StandardCharsets.UTF_8));
                        }
                    }
                }
            }
            bytes.release();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
