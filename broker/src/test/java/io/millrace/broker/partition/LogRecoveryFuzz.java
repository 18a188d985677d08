package io.millrace.broker.partition;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A segment's file as a crash may have left it, behind one byte: bit 0 puts right the CRC of every
 * batch that is whole, bit 1 adds an offset index of the same bytes, bit 2 a time index, bit 3 a
 * producer snapshot. The partition loads, what it keeps ends at its end offset, it takes an append,
 * and loading again gives the same.
 */
public final class LogRecoveryFuzz {
    private LogRecoveryFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length < 1) {
            return;
        }
        Path memory = Path.of("/dev/shm");
        Path root =
                Files.isWritable(memory)
                        ? Files.createTempDirectory(memory, "fuzz-")
                        : Files.createTempDirectory("fuzz-");
        try {
            byte[] segment = Arrays.copyOfRange(input, 1, input.length);
            write(root.resolve("orders-0"), segment, input[0]);
            loadAndAppend(root);
        } finally {
            delete(root);
        }
    }

    private static void write(Path directory, byte[] segment, byte how) throws IOException {
        if ((how & 1) != 0) {
            repair(segment);
        }
        String base = "00000000000000000000";
        Files.createDirectories(directory);
        Files.write(directory.resolve(base + ".log"), segment);
        if ((how & 2) != 0) {
            Files.write(directory.resolve(base + ".index"), segment);
        }
        if ((how & 4) != 0) {
            Files.write(directory.resolve(base + ".timeindex"), segment);
        }
        if ((how & 8) != 0) {
            Files.write(directory.resolve("00000000000000000001.snapshot"), segment);
        }
    }

    private static void repair(byte[] segment) {
        ByteBuf bytes = Unpooled.wrappedBuffer(segment);
        int at = 0;
        while (bytes.writerIndex() - at >= RecordBatchHeader.HEADER_BYTES) {
            long size =
                    (long) bytes.getInt(at + RecordBatchHeader.LENGTH)
                            + RecordBatchHeader.LENGTH_OVERHEAD;
            if (size < RecordBatchHeader.HEADER_BYTES || size > bytes.writerIndex() - at) {
                return;
            }
            RecordBatchView batch = RecordBatchView.at(bytes, at);
            bytes.setInt(at + RecordBatchHeader.CRC, batch.computeCrc());
            at += (int) size;
        }
    }

    private static void loadAndAppend(Path root) {
        ManualClock clock = new ManualClock(Batches.NOW);
        TestBroker broker = new TestBroker(root, clock);
        Partition orders = broker.orders(TestBroker.config());
        LogSnapshot loaded = snapshotOf(broker, orders);
        broker.append(orders, Batches.of("after", 1));
        LogSnapshot appended = orders.snapshot().orElseThrow();
        if (appended.logEndOffset() < loaded.logEndOffset()) {
            throw new AssertionError(loaded + " then " + appended);
        }
        TestBroker again = new TestBroker(root, clock);
        LogSnapshot reloaded = snapshotOf(again, again.orders(TestBroker.config()));
        if (reloaded.logEndOffset() != appended.logEndOffset()
                || reloaded.sizeInBytes() != appended.sizeInBytes()) {
            throw new AssertionError(appended + " is loaded as " + reloaded);
        }
    }

    private static LogSnapshot snapshotOf(TestBroker broker, Partition partition) {
        broker.await(partition.load());
        return partition.snapshot().orElseThrow();
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    public static List<byte[]> seeds() {
        ByteBuf two = Unpooled.buffer().writeByte(1);
        ByteBuf first = Batches.of("a", 2);
        ByteBuf second = Batches.idempotent(7, 0, 0, "b", 1);
        second.setLong(0, 2);
        two.writeBytes(first).writeBytes(second);
        first.release();
        second.release();
        byte[] bytes = ByteBufUtil.getBytes(two);
        byte[] torn = Arrays.copyOf(bytes, bytes.length - 5);
        byte[] indexed = bytes.clone();
        indexed[0] = 7;
        return List.of(bytes, torn, indexed, new byte[] {0});
    }
}
