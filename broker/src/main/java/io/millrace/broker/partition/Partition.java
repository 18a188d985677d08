package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.DiskFullException;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LeaderEpochs;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.LogReader;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.log.PartitionLog;
import io.millrace.broker.log.TopicPartition;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.BatchRules;
import io.millrace.protocol.record.BatchValidation;
import io.millrace.protocol.record.BatchValidator;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition that this broker holds. Its loop owns the log: appends are posted to it, and all
 * that wait at that moment are written together. Reads do not visit the owner; they use the
 * published {@link LogSnapshot}. The log is opened when something first needs it.
 */
public final class Partition {
    private static final Logger LOGGER = LoggerFactory.getLogger(Partition.class);
    private static final short ACKS_ALL = -1;

    private final TopicPartition id;
    private final UUID topicId;
    private final LogDirectory directory;
    private final PartitionContext context;
    private final EventLoop owner;
    private final PartitionState state;
    private final AdvanceWaits waits = new AdvanceWaits();
    private final InSyncReplicas inSync = InSyncReplicas.alone();
    private final AppendQueue appends;
    private volatile @Nullable CompletableFuture<Void> loading;

    /** The open log; touched on the owner's loop only. */
    private @Nullable PartitionLog log;

    private volatile boolean removed;

    Partition(
            TopicPartition id,
            UUID topicId,
            LogConfig config,
            int leaderEpoch,
            LogDirectory directory,
            PartitionContext context) {
        this.id = id;
        this.topicId = topicId;
        this.directory = directory;
        this.context = context;
        this.owner = context.owners().loopFor(id);
        this.state = new PartitionState(config, leaderEpoch);
        this.appends = new AppendQueue(id, directory, owner, state, inSync, waits);
    }

    public TopicPartition id() {
        return id;
    }

    public UUID topicId() {
        return topicId;
    }

    public LogConfig config() {
        return state.config();
    }

    public int leaderEpoch() {
        return state.leaderEpoch();
    }

    /** The loop that owns this partition, and whatever else must change in step with it. */
    public EventLoop loop() {
        return owner;
    }

    /** Whether this broker leads the partition now. */
    public boolean leading() {
        return state.leading();
    }

    public LogDirectory directory() {
        return directory;
    }

    /** The log as readers see it, or empty as long as nothing has needed it. */
    public Optional<LogSnapshot> snapshot() {
        return Optional.ofNullable(state.snapshot());
    }

    /** Leads the partition under this epoch from now on; epochs never go back. */
    public void lead(int epoch) {
        state.lead(epoch);
        owner.post(
                () -> {
                    PartitionLog open = log;
                    if (open != null) {
                        open.leadFrom(state.leaderEpoch());
                    }
                });
    }

    void reconfigure(LogConfig changed) {
        state.config(changed);
        owner.post(
                () -> {
                    PartitionLog open = log;
                    if (open != null) {
                        open.reconfigure(changed);
                        appends.onHighWatermark(open);
                    }
                });
    }

    /**
     * Opens the log if it is not open. Completes with an exception if the disk does not let us. Any
     * thread.
     */
    public CompletableFuture<Void> load() {
        CompletableFuture<Void> already = loading;
        if (already != null) {
            return already;
        }
        CompletableFuture<Void> mine = new CompletableFuture<>();
        owner.execute(() -> onLoad(mine));
        return mine;
    }

    private void onLoad(CompletableFuture<Void> waiting) {
        owner.assertInLoop();
        CompletableFuture<Void> already = loading;
        if (already != null) {
            already.whenComplete((done, failure) -> complete(waiting, failure));
            return;
        }
        loading = waiting;
        LogConfig now = state.config();
        context.loaders().loopFor(id).post(() -> openLog(now, waiting));
    }

    /** On a loader's thread. */
    private void openLog(LogConfig now, CompletableFuture<Void> waiting) {
        IOException offline = removed ? new IOException(id + " was removed") : directory.failure();
        if (offline != null) {
            owner.post(() -> onLoadFailed(offline, waiting));
            return;
        }
        try {
            PartitionLog opened = directory.openLog(id, topicId, now);
            if (now.flushOnAck() && opened.recoveryPoint() < opened.endOffset()) {
                forceRecovered(opened);
            }
            owner.post(() -> onLoaded(opened, waiting));
        } catch (IOException e) {
            owner.post(() -> onLoadFailed(e, waiting));
        } catch (RuntimeException e) {
            // A log that cannot be understood keeps this partition offline, not the loader.
            owner.post(
                    () -> onLoadFailed(new IOException("cannot read the log: " + e, e), waiting));
        }
    }

    /** What a crash left in the page cache becomes visible only once it is safe. */
    private void forceRecovered(PartitionLog opened) throws IOException {
        PartitionLog.Flush flush = opened.prepareFlush();
        try {
            flush.run();
        } catch (IOException e) {
            directory.fail(id + ": recovered records cannot be forced to the device", e);
            throw e;
        }
        opened.flushed(flush.upToOffset());
    }

    private void onLoaded(PartitionLog opened, CompletableFuture<Void> waiting) {
        owner.assertInLoop();
        if (removed) {
            opened.releaseFiles();
            onLoadFailed(new IOException(id + " was removed"), waiting);
            return;
        }
        log = opened;
        opened.reconfigure(state.config());
        opened.leadFrom(state.leaderEpoch());
        appends.onOpened(opened);
        waiting.complete(null);
    }

    private void onLoadFailed(IOException failure, CompletableFuture<Void> waiting) {
        owner.assertInLoop();
        if (!removed && !(failure instanceof DiskFullException)) {
            LOGGER.atError()
                    .addKeyValue("partition", id)
                    .setCause(failure)
                    .log("log cannot be opened");
        }
        loading = null;
        appends.rejectArrived(ErrorCode.KAFKA_STORAGE_ERROR, id + ": " + failure.getMessage());
        waiting.completeExceptionally(failure);
    }

    private static void complete(CompletableFuture<Void> future, @Nullable Throwable failure) {
        if (failure == null) {
            future.complete(null);
        } else {
            future.completeExceptionally(failure);
        }
    }

    /**
     * Appends one batch. Checks it on the caller's thread, then hands it to the owner, which
     * changes its bytes in place (offset, epoch, time). Takes a reference of its own to the buffer;
     * the caller releases only its own and leaves the bytes alone. Appends of one thread keep their
     * order. The future completes on the owner's loop, or at once if the batch is refused.
     *
     * @param requiredAcks -1: when every in-sync replica has it (and, with {@code flush.on.ack},
     *     its device); else when it is written here
     */
    public CompletableFuture<AppendResult> append(
            ByteBuf records, short requiredAcks, AppendOrigin origin) {
        BatchValidation checked =
                origin == AppendOrigin.CLIENT
                        ? BatchValidator.validate(
                                records, rulesOf(state.config()), context.clock().wallMs())
                        : new BatchValidation.Valid(
                                RecordBatchView.at(records, records.readerIndex()));
        if (checked instanceof BatchValidation.Invalid invalid) {
            return CompletableFuture.completedFuture(
                    new AppendResult.Rejected(
                            invalid.error(), id + ": " + invalid.reason(), invalid.records()));
        }
        RecordBatchView batch = ((BatchValidation.Valid) checked).batch();
        PendingAppend append = new PendingAppend(batch, requiredAcks, origin);
        Optional<AppendResult.Rejected> refusal = refusalOf(append);
        if (refusal.isPresent()) {
            return CompletableFuture.completedFuture(refusal.get());
        }
        batch.buffer().retain();
        owner.execute(() -> onArrived(append));
        return append.result;
    }

    private Optional<AppendResult.Rejected> refusalOf(PendingAppend append) {
        if (!state.leading()) {
            return Optional.of(
                    AppendResult.Rejected.of(
                            ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " is not led by this broker"));
        }
        if (append.requiredAcks == ACKS_ALL && inSync.size() < state.config().minInsyncReplicas()) {
            return Optional.of(
                    AppendResult.Rejected.of(
                            ErrorCode.NOT_ENOUGH_REPLICAS,
                            id
                                    + ": "
                                    + inSync.size()
                                    + " replicas in sync, min.insync.replicas="
                                    + state.config().minInsyncReplicas()));
        }
        if (!appends.reserve(append.bytes, context.maxPendingBytes())) {
            return Optional.of(
                    AppendResult.Rejected.of(
                            ErrorCode.KAFKA_STORAGE_ERROR,
                            id
                                    + ": "
                                    + context.maxPendingBytes()
                                    + " bytes wait for the disk already; try again"));
        }
        return Optional.empty();
    }

    private static BatchRules rulesOf(LogConfig config) {
        return new BatchRules(
                config.maxMessageBytes(),
                config.compacted(),
                config.timestampType(),
                config.timestampBeforeMaxMs(),
                config.timestampAfterMaxMs());
    }

    private void onArrived(PendingAppend append) {
        owner.assertInLoop();
        if (removed) {
            appends.release(append);
            append.reject(ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " is no longer served here");
            return;
        }
        appends.onArrived(append);
        if (log == null) {
            load();
        }
    }

    /**
     * Reads without visiting the owner; any thread. May look into the page cache of one file.
     *
     * @param atLeastOneBatch give the first batch even when it is larger than {@code maxBytes}
     */
    public ReadResult read(
            long fetchOffset, int maxBytes, boolean atLeastOneBatch, Isolation isolation) {
        LogSnapshot now = state.snapshot();
        if (!state.leading()) {
            return new ReadResult.NotLeader(state.leaderEpoch());
        }
        if (now == null) {
            return new ReadResult.Loading(load());
        }
        if (fetchOffset < now.logStartOffset() || fetchOffset > now.logEndOffset()) {
            return new ReadResult.OutOfRange(
                    now.logStartOffset(), now.highWatermark(), now.logEndOffset());
        }
        try {
            FileRecords records =
                    LogReader.read(
                            now, fetchOffset, maxBytes, atLeastOneBatch, endFor(now, isolation));
            return new ReadResult.Data(
                    records == null ? BufferRecords.EMPTY : records,
                    now.highWatermark(),
                    now.lastStableOffset(),
                    now.logStartOffset(),
                    records != null && LogReader.isCold(now, records));
        } catch (IOException e) {
            return new ReadResult.Failed(
                    ErrorCode.KAFKA_STORAGE_ERROR,
                    id + ": reading at offset " + fetchOffset + " failed: " + e.getMessage());
        }
    }

    private static long endFor(LogSnapshot log, Isolation isolation) {
        return isolation == Isolation.READ_COMMITTED ? log.lastStableOffset() : log.highWatermark();
    }

    /**
     * Calls {@code action} once when records beyond {@code offset} can be read, that is, when the
     * high watermark passes it; also when the partition stops being readable here. Fires at once if
     * that is so already. Runs on the owner's loop or on the caller's thread, so it should only
     * post.
     */
    public AdvanceWait onAdvance(long offset, Runnable action) {
        AdvanceWait wait = waits.add(offset, action);
        LogSnapshot now = state.snapshot();
        if (!state.leading()) {
            waits.fire(Long.MAX_VALUE);
        } else if (now != null && now.highWatermark() > offset) {
            waits.fire(now.highWatermark());
        }
        return wait;
    }

    /**
     * Answers ListOffsets: -1 end (by isolation), -2 start, -3 highest timestamp, else the first
     * record at least as late. Empty if there is no such record.
     */
    public CompletableFuture<Optional<FoundOffset>> findOffset(
            long timestampMs, Isolation isolation) {
        LogSnapshot now = state.snapshot();
        if (now == null) {
            return load().thenCompose(loaded -> findOffset(timestampMs, isolation));
        }
        long end = endFor(now, isolation);
        if (timestampMs == -1) {
            return done(new FoundOffset(end, -1, epochAt(now, end)));
        }
        if (timestampMs == -2) {
            return done(
                    new FoundOffset(now.logStartOffset(), -1, epochAt(now, now.logStartOffset())));
        }
        return context.coldReads()
                .lookUp(
                        () ->
                                (timestampMs == -3
                                                ? LogReader.maxTimestamp(now, end)
                                                : LogReader.offsetForTimestamp(
                                                        now, timestampMs, end))
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

    /** Where a leader epoch ends (KIP-320); empty for an epoch that this log does not know. */
    public CompletableFuture<Optional<LeaderEpochs.End>> endOffsetForEpoch(int epoch) {
        LogSnapshot now = state.snapshot();
        if (now == null) {
            return load().thenCompose(loaded -> endOffsetForEpoch(epoch));
        }
        LeaderEpochs.End end =
                epoch == state.leaderEpoch()
                        ? new LeaderEpochs.End(epoch, now.logEndOffset())
                        : now.epochs().endOf(epoch, now.logEndOffset());
        return CompletableFuture.completedFuture(Optional.ofNullable(end));
    }

    /**
     * Hides the records before an offset (DeleteRecords); -1 means all up to the high watermark.
     *
     * @return the new log start; fails with {@link OffsetBeyondEndException} beyond the high
     *     watermark
     */
    public CompletableFuture<Long> deleteRecordsBefore(long offset) {
        CompletableFuture<Long> result = new CompletableFuture<>();
        onOpenLog(
                result,
                open -> {
                    long target = offset == -1 ? open.highWatermark() : offset;
                    if (target < 0 || target > open.highWatermark()) {
                        result.completeExceptionally(
                                new OffsetBeyondEndException(id, target, open.highWatermark()));
                        return;
                    }
                    open.startAt(target);
                    removeExpired(open);
                    appends.onHighWatermark(open);
                    directory.note(id, open.recoveryPoint(), open.logStartOffset());
                    result.complete(open.logStartOffset());
                });
        return result;
    }

    /** Removes what retention no longer wants and forgets producers without a sign of life. */
    CompletableFuture<Void> applyRetention(long producerExpirationMs) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        onOpenLog(
                result,
                open -> {
                    open.expireProducers(context.clock().wallMs() - producerExpirationMs);
                    removeExpired(open);
                    state.snapshot(open.snapshot());
                    result.complete(null);
                });
        return result;
    }

    private void removeExpired(PartitionLog open) throws IOException {
        PartitionLog.Removed gone = open.removeExpired();
        if (!gone.isEmpty()) {
            owner.schedule(
                    state.config().fileDeleteDelayMs(),
                    () -> directory.inBackground(gone::removeFiles));
        }
    }

    /** Puts the log on the device and notes how far, so that the next start has less to check. */
    CompletableFuture<Void> checkpoint() {
        CompletableFuture<Void> result = new CompletableFuture<>();
        if (state.snapshot() == null) {
            result.complete(null);
            return result;
        }
        onOpenLog(
                result,
                open -> {
                    if (open.recoveryPoint() >= open.endOffset()) {
                        // Nothing new since the last time: an idle partition keeps no file open.
                        open.releaseFiles();
                    }
                    if (open.recoveryPoint() >= open.endOffset() || appends.isFlushing()) {
                        directory.note(id, open.recoveryPoint(), open.logStartOffset());
                        result.complete(null);
                        return;
                    }
                    open.checkpoint();
                    appends.flush(
                            open,
                            failure -> {
                                directory.note(id, open.recoveryPoint(), open.logStartOffset());
                                complete(result, failure);
                            });
                });
        return result;
    }

    /** Closes the log in order, if it was ever opened. */
    CompletableFuture<Void> close() {
        CompletableFuture<Void> result = new CompletableFuture<>();
        state.resign();
        owner.execute(
                () -> {
                    PartitionLog open = log;
                    removed = true;
                    log = null;
                    appends.onEndOfService(ErrorCode.NOT_LEADER_OR_FOLLOWER);
                    if (open == null) {
                        result.complete(null);
                        return;
                    }
                    directory.inBackground(
                            () -> {
                                try {
                                    if (directory.failure() == null) {
                                        open.close();
                                    } else {
                                        open.releaseFiles();
                                    }
                                    directory.note(id, open.recoveryPoint(), open.logStartOffset());
                                    result.complete(null);
                                } catch (IOException | RuntimeException e) {
                                    result.completeExceptionally(e);
                                }
                            });
                });
        return result;
    }

    /** Removes the partition and, a little later, its files. */
    CompletableFuture<Void> remove() {
        CompletableFuture<Void> result = new CompletableFuture<>();
        state.resign();
        owner.execute(
                () -> {
                    PartitionLog open = log;
                    removed = true;
                    log = null;
                    appends.onEndOfService(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
                    try {
                        Path trash = directory.markPartitionDeleted(id, topicId);
                        owner.schedule(
                                state.config().fileDeleteDelayMs(),
                                () ->
                                        directory.inBackground(
                                                () -> {
                                                    if (open != null) {
                                                        open.releaseFiles();
                                                    }
                                                    directory.removeTree(trash);
                                                }));
                        result.complete(null);
                    } catch (IOException e) {
                        result.completeExceptionally(e);
                    }
                });
        return result;
    }

    /** Runs on the owner with the log open; what the disk says ends up in {@code result}. */
    private <T> void onOpenLog(CompletableFuture<T> result, LogAction action) {
        owner.execute(
                () -> {
                    PartitionLog open = log;
                    if (removed) {
                        result.completeExceptionally(new IOException(id + " was removed"));
                        return;
                    }
                    if (open == null) {
                        load().whenComplete(
                                        (loaded, failure) -> {
                                            if (failure != null) {
                                                result.completeExceptionally(failure);
                                            } else {
                                                onOpenLog(result, action);
                                            }
                                        });
                        return;
                    }
                    try {
                        action.run(open);
                    } catch (IOException e) {
                        appends.onWriteFailed(e);
                        result.completeExceptionally(e);
                    }
                });
    }

    /** Something done to the open log by its owner. */
    private interface LogAction {
        void run(PartitionLog open) throws IOException;
    }

    @Override
    public String toString() {
        return id.toString();
    }
}
