package io.millrace.broker.share;

import io.millrace.broker.log.AbortedTransaction;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.partition.ReadResult;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ShareFetchResponse.AcquiredRecords;
import io.millrace.protocol.message.ShareFetchResponse.PartitionData;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt to be given records of one share-partition: asks where to read, reads there on the
 * thread that carries the answer, and has handed out what was read.
 */
final class ShareRead {
    private static final Logger LOGGER = LoggerFactory.getLogger(ShareRead.class);

    private final SharePartition partition;
    private final SharePartition.Demand demand;
    private final int maxBytes;

    /**
     * What came of it.
     *
     * @param records batches that hold what was acquired; on the heap
     */
    record Outcome(ErrorCode error, List<AcquiredRange> acquired, BufferRecords records) {
        static final Outcome NOTHING = of(ErrorCode.NONE);

        static Outcome of(ErrorCode error) {
            return new Outcome(error, List.of(), BufferRecords.EMPTY);
        }
    }

    /** Batches that were read. */
    private record Batches(ByteBuf bytes, long through, List<long[]> forMembers) {}

    ShareRead(SharePartition partition, SharePartition.Demand demand, int maxBytes) {
        this.partition = partition;
        this.demand = demand;
        this.maxBytes = maxBytes;
    }

    CompletableFuture<Outcome> run() {
        return partition
                .begin()
                .thenCompose(
                        from ->
                                from.isEmpty()
                                        ? CompletableFuture.completedFuture(Outcome.NOTHING)
                                        : readFrom(from.get()));
    }

    private CompletableFuture<Outcome> readFrom(long from) {
        ReadResult result;
        try {
            result =
                    partition
                            .partition()
                            .read(from, maxBytes, true, partition.settings().isolation());
        } catch (RuntimeException e) {
            partition.abandon();
            throw e;
        }
        if (result instanceof ReadResult.Loading loading) {
            return loading.loaded()
                    .handle((opened, failure) -> failure == null)
                    .thenCompose(
                            opened -> {
                                if (opened) {
                                    return readFrom(from);
                                }
                                partition.abandon();
                                return CompletableFuture.completedFuture(
                                        Outcome.of(ErrorCode.KAFKA_STORAGE_ERROR));
                            });
        }
        if (result instanceof ReadResult.Data data) {
            return handOut(from, data);
        }
        partition.abandon();
        ErrorCode error =
                result instanceof ReadResult.NotLeader
                        ? ErrorCode.NOT_LEADER_OR_FOLLOWER
                        : result instanceof ReadResult.Failed failure
                                ? failure.error()
                                : ErrorCode.NONE;
        return CompletableFuture.completedFuture(Outcome.of(error));
    }

    private CompletableFuture<Outcome> handOut(long from, ReadResult.Data data) {
        Optional<Batches> read;
        try {
            read = batches(from, data);
        } catch (IOException | RuntimeException e) {
            LOGGER.atError()
                    .addKeyValue("partition", partition.partition())
                    .addKeyValue("offset", from)
                    .setCause(e)
                    .log("records cannot be read to be shared out");
            partition.abandon();
            return CompletableFuture.completedFuture(Outcome.of(ErrorCode.KAFKA_STORAGE_ERROR));
        }
        if (read.isEmpty()) {
            partition.abandon();
            return CompletableFuture.completedFuture(Outcome.NOTHING);
        }
        Batches batches = read.get();
        return partition
                .handOut(demand, from, batches.through, batches.forMembers)
                .thenApply(acquired -> outcome(batches.bytes, acquired));
    }

    private static Outcome outcome(ByteBuf bytes, List<AcquiredRange> acquired) {
        if (acquired.isEmpty()) {
            return Outcome.NOTHING;
        }
        long first = acquired.get(0).firstOffset();
        long last = acquired.get(acquired.size() - 1).lastOffset();
        int start = -1;
        int end = bytes.readerIndex();
        for (RecordBatchView batch : new RecordBatches(bytes)) {
            if (batch.lastOffset() < first || batch.baseOffset() > last) {
                continue;
            }
            if (start < 0) {
                start = batch.start();
            }
            end = batch.start() + batch.sizeInBytes();
        }
        BufferRecords records =
                start < 0
                        ? BufferRecords.EMPTY
                        : new BufferRecords(bytes.slice(start, end - start));
        return new Outcome(ErrorCode.NONE, acquired, records);
    }

    /** Empty if there is nothing at the offset yet. */
    private Optional<Batches> batches(long from, ReadResult.Data data) throws IOException {
        if (!(data.records() instanceof FileRecords file)) {
            return Optional.empty();
        }
        ByteBuf pooled = partition.partition().read(file, from);
        ByteBuf bytes;
        try {
            bytes = io.netty.buffer.Unpooled.copiedBuffer(pooled);
        } finally {
            pooled.release();
        }
        List<long[]> forMembers = new ArrayList<>();
        Deque<AbortedTransaction> coming = new ArrayDeque<>(data.aborted());
        Set<Long> aborting = new HashSet<>();
        long through = from - 1;
        for (RecordBatchView batch : new RecordBatches(bytes)) {
            through = batch.lastOffset();
            while (!coming.isEmpty() && coming.getFirst().firstOffset() <= through) {
                aborting.add(coming.removeFirst().producerId());
            }
            if (batch.isControl()) {
                aborting.remove(batch.producerId());
            } else if (!batch.isTransactional() || !aborting.contains(batch.producerId())) {
                forMembers.add(new long[] {Math.max(batch.baseOffset(), from), through});
            }
        }
        return through < from
                ? Optional.empty()
                : Optional.of(new Batches(bytes, through, forMembers));
    }

    static PartitionData describe(Outcome outcome) {
        List<AcquiredRecords> ranges = new ArrayList<>();
        for (AcquiredRange range : outcome.acquired()) {
            ranges.add(
                    new AcquiredRecords()
                            .firstOffset(range.firstOffset())
                            .lastOffset(range.lastOffset())
                            .deliveryCount(range.deliveries()));
        }
        return new PartitionData().records(outcome.records()).acquiredRecords(ranges);
    }
}
