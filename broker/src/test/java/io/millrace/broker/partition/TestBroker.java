package io.millrace.broker.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.config.ConfigReader;
import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.DiskLogDir;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogDir;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.OpenFileTable;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.compaction.CleanerConfig;
import io.millrace.broker.log.compaction.LogCleaner;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.RecordCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Partitions of one broker on one manual loop, over a real or faulty directory. */
final class TestBroker {
    static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    static final int NODE = 1;
    static final UUID TOPIC_ID = new UUID(17, 4);

    final ManualClock clock;
    final ManualEventLoop loop;
    final LogDirectory directory;
    final PartitionTable table;
    final OpenFileTable files = new OpenFileTable(8);

    TestBroker(Path root, ManualClock clock) {
        this(new DiskLogDir(root), clock);
    }

    TestBroker(LogDir dir, ManualClock clock) {
        this(dir, clock, new ManualEventLoop("test", clock));
    }

    private TestBroker(LogDir dir, ManualClock clock, ManualEventLoop loop) {
        this(dir, clock, loop, loop);
    }

    /**
     * @param flushLoop forces logs to the device, when the test lets it
     */
    TestBroker(LogDir dir, ManualClock clock, ManualEventLoop loop, ManualEventLoop flushLoop) {
        this(dir, LogDirectory.Terms.plain(dir), clock, loop, flushLoop);
    }

    /** With a reserve, for instance. */
    TestBroker(LogDir dir, LogDirectory.Terms terms, ManualClock clock) {
        this(dir, terms, clock, new ManualEventLoop("test", clock));
    }

    private TestBroker(
            LogDir dir, LogDirectory.Terms terms, ManualClock clock, ManualEventLoop loop) {
        this(dir, terms, clock, loop, loop);
    }

    private TestBroker(
            LogDir dir,
            LogDirectory.Terms terms,
            ManualClock clock,
            ManualEventLoop loop,
            ManualEventLoop flushLoop) {
        this.clock = clock;
        this.loop = loop;
        EventLoopGroup group = EventLoopGroup.single(loop);
        try {
            this.directory =
                    LogDirectory.open(
                            dir,
                            terms,
                            files,
                            clock,
                            new LogDirectory.Loops(flushLoop, List.of(flushLoop)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.table =
                new PartitionTable(
                        new PartitionContext(
                                group,
                                group,
                                new ColdReads(group),
                                clock,
                                ReplicaTerms.alone(NODE),
                                PartitionContext.DEFAULT_MAX_PENDING_BYTES),
                        List.of(directory));
    }

    /** Several directories; the first is {@link #directory}. */
    TestBroker(ManualClock clock, LogDir... dirs) {
        this.clock = clock;
        this.loop = new ManualEventLoop("test", clock);
        EventLoopGroup group = EventLoopGroup.single(loop);
        List<LogDirectory> directories = new ArrayList<>();
        for (LogDir dir : dirs) {
            try {
                directories.add(LogDirectory.open(dir, files, clock, loop));
            } catch (IOException e) {
                directories.add(
                        LogDirectory.offline(
                                dir,
                                LogDirectory.Terms.plain(dir),
                                files,
                                clock,
                                new LogDirectory.Loops(loop, List.of(loop)),
                                e));
            }
        }
        this.directory = directories.get(0);
        this.table =
                new PartitionTable(
                        new PartitionContext(
                                group,
                                group,
                                new ColdReads(group),
                                clock,
                                ReplicaTerms.alone(NODE),
                                PartitionContext.DEFAULT_MAX_PENDING_BYTES),
                        directories);
    }

    static LogConfig config(String... pairs) {
        Map<String, String> values = new java.util.TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            values.put(pairs[i], pairs[i + 1]);
        }
        return LogConfig.of("orders", values, Map.of());
    }

    /** The state of a partition of which this broker is the only replica. */
    static PartitionImage alone(int leaderEpoch) {
        return new PartitionImage(
                List.of(NODE), List.of(NODE), List.of(), NODE, leaderEpoch, leaderEpoch);
    }

    /** It leads a partition that another broker holds too, which is not in sync. */
    static PartitionImage oneOfTwoInSync(int leaderEpoch) {
        return new PartitionImage(
                List.of(NODE, NODE + 1), List.of(NODE), List.of(), NODE, leaderEpoch, leaderEpoch);
    }

    Partition orders(LogConfig config) {
        Partition partition = table.createOrLoad(ORDERS, TOPIC_ID, config, alone(0));
        loop.runAll();
        return partition;
    }

    CompletableFuture<AppendResult> send(Partition partition, ByteBuf batch, int acks) {
        try {
            return partition.append(batch, (short) acks, AppendOrigin.CLIENT);
        } finally {
            batch.release();
        }
    }

    AppendResult append(Partition partition, ByteBuf batch) {
        return await(send(partition, batch, -1));
    }

    AppendResult append(Partition partition, String prefix, int count) {
        return append(partition, Batches.of(prefix, count));
    }

    <T> T await(CompletableFuture<T> future) {
        loop.runAll();
        assertThat(future).isDone();
        return future.join();
    }

    /** A cleaner of this broker's logs, which has looked for work once. */
    LogCleaner cleaner(String... pairs) {
        Map<String, String> values = new java.util.TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            values.put(pairs[i], pairs[i + 1]);
        }
        LogCleaner cleaner =
                new LogCleaner(
                        CleanerConfig.read(new ConfigReader("test", values)),
                        table::all,
                        List.of(loop),
                        clock,
                        RandomSource.seeded(11));
        cleaner.start();
        loop.runAll();
        return cleaner;
    }

    /** Values of all records from the offset on, as {@code offset:value}. */
    List<String> readAll(Partition partition, long from) {
        await(partition.load());
        List<String> all = new ArrayList<>();
        long offset = from;
        while (true) {
            ReadResult result = partition.read(offset, 300, true, Isolation.READ_UNCOMMITTED);
            if (!(result instanceof ReadResult.Data data)) {
                all.add(result.toString());
                return all;
            }
            if (!(data.records() instanceof FileRecords records)) {
                return all;
            }
            offset = decode(records, offset, all);
        }
    }

    private static long decode(FileRecords records, long from, List<String> into) {
        try {
            ByteBuf bytes = records.read(UnpooledByteBufAllocator.DEFAULT);
            long next = from;
            for (RecordBatchView batch : new RecordBatches(bytes)) {
                assertThat(batch.isCrcValid()).isTrue();
                try (RecordCursor cursor =
                        batch.records(
                                UnpooledByteBufAllocator.DEFAULT,
                                DecompressionLimit.ofReader(1 << 24))) {
                    while (cursor.next()) {
                        if (cursor.offset() >= from) {
                            String value = cursor.value().toString(StandardCharsets.UTF_8);
                            into.add(cursor.offset() + ":" + value);
                        }
                    }
                }
                next = batch.nextOffset();
            }
            bytes.release();
            assertThat(next).isGreaterThan(from);
            return next;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** First offset behind the whole batches of an answer. */
    long endOf(ReadResult.Data data) {
        try {
            ByteBuf bytes = ((FileRecords) data.records()).read(UnpooledByteBufAllocator.DEFAULT);
            long end = -1;
            for (RecordBatchView batch : new RecordBatches(bytes)) {
                end = batch.nextOffset();
            }
            bytes.release();
            return end;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void shutDown() {
        await(table.close());
    }
}
