package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.DiskFullException;
import io.millrace.broker.log.PartitionLog;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.replication.Divergence;
import io.millrace.broker.replication.FollowPoint;
import io.millrace.broker.replication.LeaderAnswer;
import io.millrace.broker.replication.Replica;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of a partition as a copy of its leader's: takes the leader's answers, cuts the log where
 * it parts from the leader's, and says what to ask for next. Owned by the partition's owner.
 */
final class PartitionCopy {
    private static final Logger LOGGER = LoggerFactory.getLogger(PartitionCopy.class);

    private final PartitionIdentity identity;
    private final TopicPartition id;
    private final Replica replica;
    private final EventLoop owner;
    private final PartitionState state;
    private final OwnedLog log;
    private final AppendQueue appends;
    private final PartitionFlush flush;
    private final PartitionUpkeep upkeep;

    /** Answers whose records are written, but not on the device yet as they have to be. */
    private List<CompletableFuture<Optional<FollowPoint>>> unflushed = new ArrayList<>(0);

    PartitionCopy(
            PartitionIdentity identity,
            EventLoop owner,
            PartitionState state,
            OwnedLog log,
            AppendQueue appends,
            PartitionFlush flush,
            PartitionUpkeep upkeep) {
        this.identity = identity;
        this.id = identity.id();
        this.replica = identity.replica();
        this.owner = owner;
        this.state = state;
        this.log = log;
        this.appends = appends;
        this.flush = flush;
        this.upkeep = upkeep;
    }

    /** Any thread. */
    CompletableFuture<Optional<FollowPoint>> answer(LeaderAnswer answer) {
        CompletableFuture<Optional<FollowPoint>> result = new CompletableFuture<>();
        answer.records().retain();
        owner.execute(
                () -> {
                    try {
                        onAnswer(answer, result);
                    } catch (IOException e) {
                        appends.onWriteFailed(e);
                        result.completeExceptionally(e);
                    } finally {
                        answer.records().release();
                    }
                });
        return result;
    }

    private void onAnswer(LeaderAnswer answer, CompletableFuture<Optional<FollowPoint>> result)
            throws IOException {
        owner.assertInLoop();
        PartitionLog open = log.get();
        if (open == null || !replica.takesAnswerOf(answer.leaderEpoch())) {
            result.complete(Optional.empty());
            return;
        }
        if (answer.fetchOffset() != open.endOffset()) {
            // It was asked before something else happened to the log.
            complete(result);
            return;
        }
        LeaderAnswer.Diverging diverging = answer.diverging();
        if (diverging != null) {
            cut(
                    Divergence.truncationOffset(
                            replica.rules(),
                            open.snapshot().epochs(),
                            open.endOffset(),
                            replica.highWatermark(),
                            diverging),
                    result);
            return;
        }
        DiskFullException full = identity.directory().fullness();
        if (full != null && answer.records().isReadable()) {
            throw full; // What the reserve freed is for others; asked again after a pause.
        }
        for (RecordBatchView batch : new RecordBatches(answer.records())) {
            open.stageReplicated(batch);
        }
        open.writeStaged();
        replica.onReplicated(open.endOffset(), open.recoveryPoint(), answer.highWatermark());
        appends.onHighWatermark(open);
        upkeep.startAt(open, answer.logStartOffset());
        publishFollowPoint(open);
        flush.flushIfNeeded(open);
        complete(result);
    }

    /** Answers with where to go on, as soon as everything before may be acknowledged. */
    private void complete(CompletableFuture<Optional<FollowPoint>> result) {
        if (replica.mayAcknowledge() || replica.role() != Replica.Role.FOLLOWER) {
            result.complete(Optional.ofNullable(state.followPoint()));
        } else {
            unflushed.add(result);
        }
    }

    private void cut(long offset, CompletableFuture<Optional<FollowPoint>> result) {
        if (offset < replica.highWatermark()) {
            LOGGER.atWarn()
                    .addKeyValue("partition", id)
                    .addKeyValue("highWatermark", replica.highWatermark())
                    .addKeyValue("truncatingTo", offset)
                    .log("committed records are given up: the leader was elected without them");
        }
        state.followPoint(null);
        appends.onLogGone();
        log.cut(offset)
                .whenComplete(
                        (done, failure) -> {
                            if (failure == null) {
                                result.complete(Optional.ofNullable(state.followPoint()));
                            } else {
                                result.completeExceptionally(failure);
                            }
                        });
    }

    /**
     * Gives up everything from an offset on, in a follower that knows that it is wrong. Any thread;
     * completes with where to go on.
     */
    CompletableFuture<Optional<FollowPoint>> truncateTo(long offset) {
        CompletableFuture<Optional<FollowPoint>> result = new CompletableFuture<>();
        owner.execute(
                () -> {
                    PartitionLog open = log.get();
                    if (open == null || replica.role() != Replica.Role.FOLLOWER) {
                        result.complete(Optional.empty());
                    } else if (offset >= open.endOffset() && open.refusal() == null) {
                        complete(result);
                    } else {
                        // A log that has lost its end is cut at what is left of it.
                        cut(Math.min(offset, open.endOffset()), result);
                    }
                });
        return result;
    }

    /** The leader begins where our log is over: nothing of it is of use. Any thread. */
    CompletableFuture<Optional<FollowPoint>> restartAt(int leaderEpoch, long leaderLogStart) {
        CompletableFuture<Optional<FollowPoint>> result = new CompletableFuture<>();
        owner.execute(
                () -> {
                    PartitionLog open = log.get();
                    if (open == null || !replica.takesAnswerOf(leaderEpoch)) {
                        result.complete(Optional.empty());
                    } else if (open.endOffset() >= leaderLogStart) {
                        complete(result);
                    } else {
                        cut(leaderLogStart, result);
                    }
                });
        return result;
    }

    void onOpened(PartitionLog opened) {
        publishFollowPoint(opened);
        flush.flushIfNeeded(opened);
    }

    /** The log was cut, or begun anew. */
    void onCut(PartitionLog rest) {
        replica.onTruncated(rest.logStartOffset(), rest.endOffset(), rest.recoveryPoint());
        state.actingFrom(replica.epochStartOffset());
        rest.advanceHighWatermark(replica.highWatermark());
        appends.onOpened(rest);
        publishFollowPoint(rest);
    }

    /** The log is being moved: nobody is to fetch for it. */
    void onLogGone() {
        state.followPoint(null);
    }

    void onMoved(PartitionLog moved) {
        publishFollowPoint(moved);
        onFlushed(moved);
    }

    void onBeganToFollow(@Nullable PartitionLog open) {
        if (open != null) {
            publishFollowPoint(open);
            flush.flushIfNeeded(open);
        }
    }

    void onBeganToLead() {
        state.followPoint(null);
        giveUpWaiting();
    }

    void onFlushed(PartitionLog open) {
        publishFollowPoint(open);
        if (!unflushed.isEmpty() && replica.mayAcknowledge()) {
            List<CompletableFuture<Optional<FollowPoint>>> all = unflushed;
            unflushed = new ArrayList<>(0);
            all.forEach(this::complete);
        }
    }

    void onFlushFailed(IOException failure) {
        List<CompletableFuture<Optional<FollowPoint>>> all = unflushed;
        unflushed = new ArrayList<>(0);
        all.forEach(waiting -> waiting.completeExceptionally(failure));
    }

    void onRemoved() {
        state.followPoint(null);
        giveUpWaiting();
    }

    private void giveUpWaiting() {
        List<CompletableFuture<Optional<FollowPoint>>> all = unflushed;
        unflushed = new ArrayList<>(0);
        all.forEach(waiting -> waiting.complete(Optional.empty()));
    }

    private void publishFollowPoint(PartitionLog open) {
        boolean asks =
                replica.role() == Replica.Role.FOLLOWER
                        && replica.leader() >= 0
                        && replica.mayAcknowledge();
        state.followPoint(
                asks
                        ? new FollowPoint(
                                open.endOffset(),
                                replica.leaderEpoch(),
                                open.snapshot().epochs().latest(),
                                open.logStartOffset())
                        : null);
    }
}
