package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.CleanedSegment;
import io.millrace.broker.log.DamagedLogException;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LeaderEpochs;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogDamage;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.log.PartitionLog;
import io.millrace.broker.log.ProducerEnd;
import io.millrace.broker.log.ProducerState;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.log.compaction.CompactedLog;
import io.millrace.broker.replication.Divergence;
import io.millrace.broker.replication.FollowPoint;
import io.millrace.broker.replication.FollowedPartition;
import io.millrace.broker.replication.LeaderAnswer;
import io.millrace.broker.replication.Replica;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One partition that this broker holds, as its leader or as a copy of it. Its loop owns the log and
 * the {@link Replica}: appends are posted to it, and all that wait at that moment are written
 * together. Reads do not visit the owner; they use the published {@link LogSnapshot}. The log is
 * opened when something first needs it.
 */
public final class Partition implements CompactedLog, FollowedPartition {
    private final PartitionIdentity identity;
    private final PartitionContext context;
    private final EventLoop owner;
    private final PartitionState state;
    private final AdvanceWaits waits = new AdvanceWaits();
    private final OwnedLog log;
    private final PartitionFlush flush;
    private final AppendQueue appends;
    private final AppendIntake intake;
    private final PartitionUpkeep upkeep;
    private final PartitionCopy copy;
    private final PartitionRoles roles;
    private final PartitionReader reader;
    private final AtomicReference<@Nullable ReplicaMove> move = new AtomicReference<>();

    Partition(
            TopicPartition id,
            UUID topicId,
            LogConfig config,
            LogDirectory directory,
            PartitionContext context) {
        ReplicaTerms terms = context.replicas();
        this.identity =
                new PartitionIdentity(
                        id, topicId, directory, new Replica(terms.nodeId(), terms.rules()));
        this.context = context;
        this.owner = context.owners().loopFor(id);
        this.state = new PartitionState(config);
        this.log = new OwnedLog(identity, context, state, new OfLog());
        this.flush = new PartitionFlush(owner, identity, state, new OfFlush());
        this.appends = new AppendQueue(identity, owner, state, flush, waits);
        this.intake = new AppendIntake(identity, context, state, log, appends);
        this.upkeep = new PartitionUpkeep(identity, context, state, log, appends, flush);
        this.copy = new PartitionCopy(identity, owner, state, log, appends, flush, upkeep);
        this.roles = new PartitionRoles(identity, context, state, log, appends, copy, waits);
        this.reader =
                new PartitionReader(identity, state, log, context.coldReads(), this::onDamage);
        identity.replica().onConfig(config.minInsyncReplicas(), config.flushOnAck());
    }

    /** What becomes of the log. */
    private final class OfLog implements OwnedLog.Listener {
        @Override
        public void onOpened(PartitionLog opened) {
            LogDamage damage = opened.damage();
            if (damage != null) {
                onDamage(damage);
            }
            roles.onOpened(opened);
        }

        @Override
        public void onTaken() {
            appends.onLogGone();
            copy.onLogGone();
        }

        @Override
        public void onMoved(PartitionLog moved) {
            roles.onMoved(moved);
        }

        @Override
        public void onCut(PartitionLog rest) {
            identity.damages().repaired(rest.endOffset());
            copy.onCut(rest);
        }

        @Override
        public void onFailed(IOException failure) {
            appends.rejectArrived(
                    ErrorCode.KAFKA_STORAGE_ERROR, identity.id() + ": " + failure.getMessage());
        }

        @Override
        public void onWriteFailed(IOException failure) {
            appends.onWriteFailed(failure);
        }
    }

    /** What becomes of flushes. */
    private final class OfFlush implements PartitionFlush.Listener {
        @Override
        public void onFlushed(PartitionLog flushed) {
            appends.onHighWatermark(flushed);
            copy.onFlushed(flushed);
        }

        @Override
        public void onFlushFailed(IOException failure) {
            appends.rejectUnsafe(
                    ErrorCode.KAFKA_STORAGE_ERROR, identity.id() + ": " + failure.getMessage());
            copy.onFlushFailed(failure);
        }

        @Override
        public @Nullable PartitionLog current() {
            return log.get();
        }
    }

    @Override
    public TopicPartition id() {
        return identity.id();
    }

    @Override
    public UUID topicId() {
        return identity.topicId();
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

    /** Whether this broker copies the partition from its leader, if it has one. */
    public boolean following() {
        return state.standing().follows();
    }

    /**
     * Epoch under which the owner leads by now; -1 if it does not. The log that is read after this
     * is the log of that epoch.
     */
    public int actingEpoch() {
        return state.actingEpoch();
    }

    /**
     * Whether this broker leads, but has not heard from the others yet how much of what the leaders
     * before wrote is committed: until then its end would lie before what consumers have seen.
     */
    public boolean isCatchingUp() {
        LogSnapshot now = state.snapshot();
        return now != null
                && (state.actingEpoch() != state.leaderEpoch()
                        || now.highWatermark() < state.actingFrom());
    }

    /** Completes when the owner has done what was there to do at the time of the call. */
    public CompletableFuture<Void> settled() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        owner.post(() -> done.complete(null));
        return done;
    }

    /** Whether a broker has registered again since it got this epoch. */
    public boolean isStale(int brokerId, long brokerEpoch) {
        return brokerEpoch >= 0 && brokerEpoch < context.replicas().standings().epochOf(brokerId);
    }

    /** Whether a broker holds the partition, by the latest metadata that was applied here. */
    public boolean isHeldBy(int brokerId) {
        return state.standing().replicas().contains(brokerId);
    }

    @Override
    public LogDirectory directory() {
        return identity.directory();
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
        if (identity.damages().report(damage)) {
            owner.post(() -> roles.onDamage(damage));
        }
    }

    /** The lowest damage known of this copy; empty if it is whole as far as anybody has looked. */
    public Optional<LogDamage> damage() {
        return Optional.ofNullable(identity.damages().known());
    }

    // ---- what the metadata says; by the one thread that applies it ----

    /** Leads the partition from now on, or still does; older states are ignored. */
    public void lead(PartitionImage image) {
        // What is appended after the new state can be seen comes to the owner after this.
        owner.post(() -> roles.onMetadata(image));
        state.standing(Standing.of(context.replicas().nodeId(), image));
    }

    /** Follows whoever leads the partition now, if anybody does. */
    public void follow(PartitionImage image) {
        state.standing(Standing.of(context.replicas().nodeId(), image));
        owner.post(() -> roles.onMetadata(image));
    }

    void obey(PartitionImage image) {
        if (image.leader() == context.replicas().nodeId()) {
            lead(image);
        } else {
            follow(image);
        }
    }

    void reconfigure(LogConfig changed) {
        state.config(changed);
        owner.post(() -> roles.onConfig(log.get()));
    }

    // ---- as leader ----

    /**
     * Appends one batch. Checks it on the caller's thread, then hands it to the owner, which
     * changes its bytes in place (offset, epoch, time). Takes a reference of its own to the buffer;
     * the caller releases only its own and leaves the bytes alone. Appends of one thread keep their
     * order. The future completes on the owner's loop, or at once if the batch is refused.
     */
    public CompletableFuture<AppendResult> append(ByteBuf records, AppendDemand demand) {
        return intake.append(records, demand);
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
        return intake.endTransaction(marker);
    }

    /**
     * A follower asks for what follows an offset: it has everything before. Its epochs were
     * compared. Any thread.
     *
     * @param brokerEpoch under which the follower fetches
     * @param fetchEpoch leader epoch that it follows
     */
    public void onFollowerFetch(
            int brokerId, long brokerEpoch, int fetchEpoch, long fetchOffset, long logStartOffset) {
        owner.execute(
                () ->
                        roles.onFollowerFetch(
                                brokerId, brokerEpoch, fetchEpoch, fetchOffset, logStartOffset));
    }

    /** Looks for followers that do not keep up; to be called from time to time. Any thread. */
    public void checkIsr() {
        if (state.leading() && state.standing().replicas().size() > 1) {
            owner.post(roles::checkIsr);
        }
    }

    // ---- as follower ----

    @Override
    public Optional<FollowPoint> followPoint() {
        return Optional.ofNullable(state.followPoint());
    }

    @Override
    public CompletableFuture<Optional<FollowPoint>> onLeaderAnswer(LeaderAnswer answer) {
        return copy.answer(answer);
    }

    @Override
    public CompletableFuture<Optional<FollowPoint>> restartAt(
            int leaderEpoch, long leaderLogStartOffset) {
        return copy.restartAt(leaderEpoch, leaderLogStartOffset);
    }

    /**
     * Gives up everything from an offset on, in a follower whose log is damaged there. Any thread;
     * completes with where to go on, empty if this broker does not follow.
     */
    public CompletableFuture<Optional<FollowPoint>> truncateTo(long offset) {
        return copy.truncateTo(offset);
    }

    // ---- reading ----

    /**
     * Opens the log if it is not open. Completes with an exception if the disk does not let us. Any
     * thread.
     */
    @Override
    public CompletableFuture<Void> load() {
        return log.open();
    }

    /**
     * Reads without visiting the owner; any thread. May look into the page cache of one file.
     *
     * @param atLeastOneBatch give the first batch even when it is larger than {@code maxBytes}
     */
    public ReadResult read(
            long fetchOffset, int maxBytes, boolean atLeastOneBatch, Isolation isolation) {
        return reader.read(fetchOffset, maxBytes, atLeastOneBatch, isolation, false);
    }

    /**
     * The same, also where this broker only follows, if the reader may be served so (KIP-392).
     *
     * @param fromFollower whether a copy that is not the leader's will do
     */
    public ReadResult read(
            long fetchOffset,
            int maxBytes,
            boolean atLeastOneBatch,
            Isolation isolation,
            boolean fromFollower) {
        return reader.read(fetchOffset, maxBytes, atLeastOneBatch, isolation, fromFollower);
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
     * end that the isolation looks at passes it; also when the partition stops being readable here
     * or its leader changes. Fires at once if that is so already. Runs on the owner's loop or on
     * the caller's thread, so it should only post.
     */
    public AdvanceWait onAdvance(long offset, Isolation isolation, Runnable action) {
        AdvanceWait wait = waits.add(offset, isolation, action);
        LogSnapshot now = state.snapshot();
        if (!state.standing().holds()) {
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

    /**
     * Where the log of a follower parts from ours, which is open; null if it is the beginning of
     * ours. Any thread.
     */
    public LeaderAnswer.@Nullable Diverging divergence(long fetchOffset, int lastFetchedEpoch) {
        LogSnapshot now = state.snapshot();
        return now == null
                ? null
                : Divergence.between(
                        context.replicas().rules(),
                        now.epochs(),
                        state.leaderEpoch(),
                        now.logEndOffset(),
                        fetchOffset,
                        lastFetchedEpoch);
    }

    /** Where a leader epoch ends (KIP-320); empty for an epoch that this log does not know. */
    public CompletableFuture<Optional<LeaderEpochs.End>> endOffsetForEpoch(int epoch) {
        return reader.endOffsetForEpoch(epoch);
    }

    /** What the log knows of its producers. */
    public CompletableFuture<List<ProducerState>> producers() {
        CompletableFuture<List<ProducerState>> result = new CompletableFuture<>();
        log.whenOpen(result, open -> result.complete(open.producers()));
        return result;
    }

    /** What the producers that are remembered wrote last; see {@link PartitionLog#producerEnds}. */
    @Override
    public CompletableFuture<Map<Long, ProducerEnd>> producerEnds() {
        CompletableFuture<Map<Long, ProducerEnd>> result = new CompletableFuture<>();
        log.whenOpen(result, open -> result.complete(open.producerEnds()));
        return result;
    }

    // ---- upkeep ----

    /**
     * Hides the records before an offset (DeleteRecords); -1 means all up to the high watermark.
     *
     * @return the new log start; fails with {@link OffsetBeyondEndException} beyond the high
     *     watermark
     */
    public CompletableFuture<Long> deleteRecordsBefore(long offset) {
        return upkeep.deleteRecordsBefore(offset);
    }

    /** Removes what retention no longer wants and forgets producers without a sign of life. */
    CompletableFuture<Void> applyRetention(long producerExpirationMs) {
        return upkeep.applyRetention(producerExpirationMs);
    }

    /** Takes a compacted segment into the log; false if it does not fit any more. */
    @Override
    public CompletableFuture<Boolean> replace(CleanedSegment cleaned) {
        return upkeep.replace(cleaned);
    }

    /**
     * Moves this replica to another directory of the broker while it is served. Whatever move was
     * under way is given up. Any thread.
     *
     * @param pauseMs takes how many bytes were copied and gives how long to copy nothing
     */
    CompletableFuture<Void> moveTo(LogDirectory target, LongUnaryOperator pauseMs) {
        ReplicaMove next = new ReplicaMove(identity, state, log, owner, target, pauseMs);
        ReplicaMove before = move.getAndSet(next);
        if (before != null) {
            before.cancel();
        }
        next.done().whenComplete((moved, failure) -> move.compareAndSet(next, null));
        next.begin();
        return next.done();
    }

    /** The disk is gone: whoever waits here is told so. */
    void onDirectoryOffline() {
        owner.post(() -> roles.onDirectoryOffline());
    }

    /** Stays where it is, if it was about to move. */
    void stay() {
        ReplicaMove before = move.getAndSet(null);
        if (before != null) {
            before.cancel();
        }
    }

    /** Where this replica is about to move to, and how many bytes are still missing there. */
    public Optional<Moving> moving() {
        return Optional.ofNullable(move.get())
                .map(under -> new Moving(under.target(), under.missingBytes()));
    }

    /** A move to another directory of this broker. */
    public record Moving(LogDirectory target, long missingBytes) {}

    /** Puts the log on the device and notes how far, so that the next start has less to check. */
    CompletableFuture<Void> checkpoint() {
        return upkeep.checkpoint();
    }

    /** Notes what is committed, for the next start; says whether that is news. Any thread. */
    boolean noteHighWatermark() {
        LogSnapshot now = state.snapshot();
        return now != null
                && state.standing().replicas().size() > 1
                && identity.directory().noteHighWatermark(id(), now.highWatermark());
    }

    /** Closes the log in order, if it was ever opened. */
    CompletableFuture<Void> close() {
        CompletableFuture<Void> result = new CompletableFuture<>();
        end(ErrorCode.NOT_LEADER_OR_FOLLOWER, last -> upkeep.close(last, result));
        return result;
    }

    /** Removes the partition and, a little later, its files. */
    CompletableFuture<Void> remove() {
        CompletableFuture<Void> result = new CompletableFuture<>();
        end(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, last -> upkeep.remove(last, result));
        return result;
    }

    /** Ends the service; {@code then} gets what is open of the log, on the owner's loop. */
    private void end(
            ErrorCode toWriters, java.util.function.Consumer<@Nullable PartitionLog> then) {
        state.standing(state.standing().resigned());
        owner.execute(
                () -> {
                    CompletableFuture<@Nullable PartitionLog> last = log.end();
                    roles.onRemoved();
                    appends.onEndOfService(toWriters);
                    last.thenAccept(then);
                });
    }

    @Override
    public String toString() {
        return id().toString();
    }
}
