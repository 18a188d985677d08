package io.millrace.broker.partition;

import io.millrace.broker.log.AbortedTransaction;
import io.millrace.broker.log.DamagedLogException;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LeaderEpochs;
import io.millrace.broker.log.LogDamage;
import io.millrace.broker.log.LogReader;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.log.TopicPartition;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.BufferRecords;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads and looks up in the published snapshot of one partition, without its owner. */
final class PartitionReader {
    private static final long LATEST = -1;
    private static final long EARLIEST = -2;
    private static final long MAX_TIMESTAMP = -3;

    private final PartitionIdentity identity;
    private final TopicPartition id;
    private final PartitionState state;
    private final OwnedLog log;
    private final ColdReads coldReads;
    private final Consumer<LogDamage> onDamage;

    PartitionReader(
            PartitionIdentity identity,
            PartitionState state,
            OwnedLog log,
            ColdReads coldReads,
            Consumer<LogDamage> onDamage) {
        this.identity = identity;
        this.id = identity.id();
        this.state = state;
        this.log = log;
        this.coldReads = coldReads;
        this.onDamage = onDamage;
    }

    ReadResult read(
            long fetchOffset,
            int maxBytes,
            boolean atLeastOneBatch,
            Isolation isolation,
            boolean fromFollower) {
        LogSnapshot now = state.snapshot();
        if (!state.leading() && !(fromFollower && state.standing().follows())) {
            return new ReadResult.NotLeader(state.leaderEpoch());
        }
        IOException offline = identity.directory().failure();
        if (offline != null) {
            return new ReadResult.Failed(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    id
                            + ": its directory "
                            + identity.directory().root()
                            + " has failed: "
                            + offline.getMessage());
        }
        if (now == null) {
            return new ReadResult.Loading(log.open());
        }
        if (fetchOffset < now.logStartOffset() || fetchOffset > now.logEndOffset()) {
            return new ReadResult.OutOfRange(
                    now.logStartOffset(), now.highWatermark(), now.logEndOffset());
        }
        try {
            FileRecords records =
                    LogReader.read(
                            now, fetchOffset, maxBytes, atLeastOneBatch, isolation.endOf(now));
            List<AbortedTransaction> aborted =
                    records == null || isolation != Isolation.READ_COMMITTED
                            ? List.of()
                            : LogReader.abortedIn(now, fetchOffset, records);
            return new ReadResult.Data(
                    records == null ? BufferRecords.EMPTY : records,
                    now.highWatermark(),
                    now.lastStableOffset(),
                    now.logStartOffset(),
                    aborted,
                    records != null && (records.isUnchecked() || LogReader.isCold(now, records)));
        } catch (DamagedLogException e) {
            onDamage.accept(e.damage());
            return new ReadResult.Failed(ErrorCode.KAFKA_STORAGE_ERROR, id + ": " + e.getMessage());
        } catch (IOException e) {
            return new ReadResult.Failed(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    id + ": reading at offset " + fetchOffset + " failed: " + e.getMessage());
        }
    }

    CompletableFuture<Optional<FoundOffset>> findOffset(long timestampMs, Isolation isolation) {
        LogSnapshot now = state.snapshot();
        if (now == null) {
            return log.open().thenCompose(loaded -> findOffset(timestampMs, isolation));
        }
        long end = isolation.endOf(now);
        if (timestampMs == LATEST) {
            return done(new FoundOffset(end, -1, epochAt(now, end)));
        }
        if (timestampMs == EARLIEST) {
            return done(
                    new FoundOffset(now.logStartOffset(), -1, epochAt(now, now.logStartOffset())));
        }
        return coldReads.lookUp(
                () ->
                        (timestampMs == MAX_TIMESTAMP
                                        ? LogReader.maxTimestamp(now, end)
                                        : LogReader.offsetForTimestamp(now, timestampMs, end))
                                .map(
                                        found ->
                                                new FoundOffset(
                                                        found.offset(),
                                                        found.timestampMs(),
                                                        epochAt(now, found.offset()))));
    }

    private int epochAt(LogSnapshot now, long offset) {
        return offset >= now.logEndOffset() ? state.leaderEpoch() : now.epochs().epochOf(offset);
    }

    private static CompletableFuture<Optional<FoundOffset>> done(FoundOffset found) {
        return CompletableFuture.completedFuture(Optional.of(found));
    }

    CompletableFuture<Optional<LeaderEpochs.End>> endOffsetForEpoch(int epoch) {
        LogSnapshot now = state.snapshot();
        if (now == null) {
            return log.open().thenCompose(loaded -> endOffsetForEpoch(epoch));
        }
        return CompletableFuture.completedFuture(Optional.ofNullable(endOf(epoch, now)));
    }

    private LeaderEpochs.@Nullable End endOf(int epoch, LogSnapshot now) {
        int current = state.leaderEpoch();
        if (epoch == current) {
            return new LeaderEpochs.End(epoch, now.logEndOffset());
        }
        LeaderEpochs.End end = now.epochs().endOf(epoch, now.logEndOffset());
        if (end != null || epoch < 0 || epoch > current) {
            return end;
        }
        // Nothing was written under it, nor under any that came after it.
        int latest = now.epochs().latest();
        return new LeaderEpochs.End(latest < 0 ? epoch : latest, now.logEndOffset());
    }
}
