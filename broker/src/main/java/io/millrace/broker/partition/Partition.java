package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.CleanedSegment;
import io.millrace.broker.log.DamagedLogException;
import io.millrace.broker.log.DiskFullException;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LeaderEpochs;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogDamage;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.log.PartitionLog;
import io.millrace.broker.log.ProducerEnd;
import io.millrace.broker.log.ProducerState;
import io.millrace.broker.log.RemovedSegments;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.log.compaction.CompactedLog;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.BatchRules;
import io.millrace.protocol.record.BatchValidation;
import io.millrace.protocol.record.BatchValidator;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.TimestampType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One partition that this broker holds. Its loop owns the log: appends are posted to it, and all
 * that wait at that moment are written together. Reads do not visit the owner; they use the
 * published {@link LogSnapshot}. The log is opened when something first needs it.
 */
public final class Partition implements CompactedLog {
    private final TopicPartition id;
    private final UUID topicId;
    private final LogDirectory directory;
    private final PartitionContext context;
    private final EventLoop owner;
    private final PartitionState state;
    private final AdvanceWaits waits = new AdvanceWaits();
    private final InSyncReplicas inSync = InSyncReplicas.alone();
    private final AppendQueue appends;
    private final LogOpener opener;
    private final PartitionReader reader;
    private final DamageReports damages;

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
        this.opener =
                new LogOpener(
                        id,
                        topicId,
                        directory,
                        context,
                        state,
                        new LogOpener.Listener() {
                            @Override
                            public void onOpened(PartitionLog opened) {
                                log = opened;
                                LogDamage damage = opened.damage();
                                if (damage != null) {
                                    onDamage(damage);
                                }
                                appends.onOpened(opened);
                            }

                            @Override
                            public void onFailed(IOException failure) {
                                appends.rejectArrived(
                                        ErrorCode.KAFKA_STORAGE_ERROR,
                                        id + ": " + failure.getMessage());
                            }
                        });
        this.damages = new DamageReports(id, damage -> {});
        this.reader = new PartitionReader(id, state, opener, context.coldReads(), damages::report);
    }

    @Override
    public TopicPartition id() {
        return id;
    }

    @Override
    public UUID topicId() {
        return topicId;
    }

    @Override
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

    @Override
    public LogDirectory directory() {
        return directory;
    }

    /** The log as readers see it, or empty as long as nothing has needed it. */
    @Override
    public Optional<LogSnapshot> snapshot() {
        return Optional.ofNullable(state.snapshot());
    }

    /**
     * Somebody came upon records of this copy that are not what was written. They are not served;
     * any thread.
     */
    public void onDamage(LogDamage damage) {
        damages.report(damage);
    }

    /** The lowest damage known of this copy; empty if it is whole as far as anybody has looked. */
    public Optional<LogDamage> damage() {
        return Optional.ofNullable(damages.known());
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
    @Override
    public CompletableFuture<Void> load() {
        return opener.open();
    }

    /**
     * Appends one batch. Checks it on the caller's thread, then hands it to the owner, which
     * changes its bytes in place (offset, epoch, time). Takes a reference of its own to the buffer;
     * the caller releases only its own and leaves the bytes alone. Appends of one thread keep their
     * order. The future completes on the owner's loop, or at once if the batch is refused.
     */
    public CompletableFuture<AppendResult> append(ByteBuf records, AppendDemand demand) {
        if (demand.origin() != AppendOrigin.CLIENT) {
            RecordBatchView batch = RecordBatchView.at(records, records.readerIndex());
            return append(new PendingAppend(batch, demand, null));
        }
        LogConfig config = state.config();
        BatchValidation checked =
                BatchValidator.validate(records, rulesOf(config), context.clock().wallMs());
        if (checked instanceof BatchValidation.Invalid invalid) {
            return CompletableFuture.completedFuture(rejected(invalid));
        }
        BatchValidation.Valid valid = (BatchValidation.Valid) checked;
        if (config.timestampType() == TimestampType.CREATE_TIME) {
            valid.batch().keepCreateTime(valid.maxTimestampMs());
        }
        return Recompression.isNeeded(valid.batch(), config)
                ? appendRecompressed(valid.batch(), config, demand)
                : append(new PendingAppend(valid.batch(), demand, null));
    }

    private CompletableFuture<AppendResult> appendRecompressed(
            RecordBatchView batch, LogConfig config, AppendDemand demand) {
        Recompression changed = Recompression.of(batch, config);
        if (changed instanceof Recompression.Refused refused) {
            return CompletableFuture.completedFuture(rejected(refused.invalid()));
        }
        RecordBatchView stored = ((Recompression.Done) changed).batch();
        try {
            return append(new PendingAppend(stored, demand, null));
        } finally {
            stored.buffer().release();
        }
    }

    private AppendResult.Rejected rejected(BatchValidation.Invalid invalid) {
        return new AppendResult.Rejected(
                invalid.error(), id + ": " + invalid.reason(), invalid.records());
    }

    /** The same without a limit in time, for writers that need no verification. */
    public CompletableFuture<AppendResult> append(
            ByteBuf records, short requiredAcks, AppendOrigin origin) {
        return append(records, AppendDemand.of(requiredAcks, origin));
    }

    /**
     * Ends a transaction here, with acks=all. Refused with INVALID_PRODUCER_EPOCH or
     * TRANSACTION_COORDINATOR_FENCED if a newer producer or coordinator was here before. Ending
     * what is not open appends a marker that changes nothing but epochs.
     */
    public CompletableFuture<AppendResult> endTransaction(TransactionMarker marker) {
        ByteBuf bytes = Unpooled.buffer(TransactionMarker.BATCH_BYTES);
        try {
            marker.write(bytes, context.clock().wallMs());
            AppendDemand demand = AppendDemand.of(AppendDemand.ACKS_ALL, AppendOrigin.COORDINATOR);
            return append(new PendingAppend(RecordBatchView.at(bytes, 0), demand, marker));
        } finally {
            bytes.release();
        }
    }

    private CompletableFuture<AppendResult> append(PendingAppend append) {
        Optional<AppendResult.Rejected> refusal = refusalOf(append);
        if (refusal.isPresent()) {
            return CompletableFuture.completedFuture(refusal.get());
        }
        append.announce();
        append.batch.buffer().retain();
        owner.execute(() -> onArrived(append));
        return append.result;
    }

    private Optional<AppendResult.Rejected> refusalOf(PendingAppend append) {
        if (!state.leading()) {
            return Optional.of(
                    AppendResult.Rejected.of(
                            ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " is not led by this broker"));
        }
        if (append.demand.acksAll() && inSync.size() < state.config().minInsyncReplicas()) {
            return Optional.of(
                    AppendResult.Rejected.of(
                            ErrorCode.NOT_ENOUGH_REPLICAS,
                            id
                                    + ": "
                                    + inSync.size()
                                    + " replicas in sync, min.insync.replicas="
                                    + state.config().minInsyncReplicas()));
        }
        DiskFullException full = directory.fullness();
        if (full != null && append.demand.origin() == AppendOrigin.CLIENT) {
            return Optional.of(
                    AppendResult.Rejected.of(
                            ErrorCode.KAFKA_STORAGE_ERROR, id + ": " + full.getMessage()));
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
        return reader.read(fetchOffset, maxBytes, atLeastOneBatch, isolation);
    }

    /**
     * Copies what a read gave into memory, for readers inside the broker. May wait for the disk.
     *
     * @param fetchOffset what was asked for
     * @throws DamagedLogException if the records are not those that were written
     */
    public ByteBuf read(FileRecords records, long fetchOffset) throws IOException {
        ByteBuf bytes = records.read(PooledByteBufAllocator.DEFAULT);
        LogDamage damage = records.check(bytes, fetchOffset);
        if (damage != null) {
            bytes.release();
            onDamage(damage);
            throw new DamagedLogException(damage);
        }
        return bytes;
    }

    /**
     * Calls {@code action} once when records beyond {@code offset} can be read, that is, when the
     * high watermark or the last stable offset passes it; also when the partition stops being
     * readable here. Fires at once if that is so already. Runs on the owner's loop or on the
     * caller's thread, so it should only post.
     */
    public AdvanceWait onAdvance(long offset, Isolation isolation, Runnable action) {
        AdvanceWait wait = waits.add(offset, isolation, action);
        LogSnapshot now = state.snapshot();
        if (!state.leading()) {
            waits.fireAll();
        } else if (now != null && isolation.endOf(now) > offset) {
            waits.fire(now);
        }
        return wait;
    }

    /**
     * Answers ListOffsets: -1 end (by isolation), -2 start, -3 highest timestamp, else the first
     * record at least as late. Empty if there is no such record.
     */
    public CompletableFuture<Optional<FoundOffset>> findOffset(
            long timestampMs, Isolation isolation) {
        return reader.findOffset(timestampMs, isolation);
    }

    /** Where a leader epoch ends (KIP-320); empty for an epoch that this log does not know. */
    public CompletableFuture<Optional<LeaderEpochs.End>> endOffsetForEpoch(int epoch) {
        return reader.endOffsetForEpoch(epoch);
    }

    /** What the log knows of its producers. */
    public CompletableFuture<List<ProducerState>> producers() {
        CompletableFuture<List<ProducerState>> result = new CompletableFuture<>();
        onOpenLog(result, open -> result.complete(open.producers()));
        return result;
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
                    removeFilesLater(open.removeDeleted());
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
                    removeFilesLater(open.removeExpired());
                    state.snapshot(open.snapshot());
                    result.complete(null);
                });
        return result;
    }

    /** What the producers that are remembered wrote last; see {@link PartitionLog#producerEnds}. */
    @Override
    public CompletableFuture<Map<Long, ProducerEnd>> producerEnds() {
        CompletableFuture<Map<Long, ProducerEnd>> result = new CompletableFuture<>();
        onOpenLog(result, open -> result.complete(open.producerEnds()));
        return result;
    }

    /** Takes a compacted segment into the log; false if it does not fit any more. */
    @Override
    public CompletableFuture<Boolean> replace(CleanedSegment cleaned) {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        onOpenLog(
                result,
                open -> {
                    Optional<RemovedSegments> gone = open.replace(cleaned);
                    gone.ifPresent(this::removeFilesLater);
                    state.snapshot(open.snapshot());
                    result.complete(gone.isPresent());
                });
        return result;
    }

    private void removeFilesLater(RemovedSegments gone) {
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
                                Futures.complete(result, failure);
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
                    opener.end();
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
                    opener.end();
                    log = null;
                    appends.onEndOfService(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
                    try {
                        if (open != null) {
                            open.markRemoved();
                        }
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
