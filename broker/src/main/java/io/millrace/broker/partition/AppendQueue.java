package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.AppendDecision;
import io.millrace.broker.log.DiskFullException;
import io.millrace.broker.log.PartitionLog;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.replication.Replica;
import io.millrace.broker.replication.SafetyRules;
import io.millrace.protocol.error.ErrorCode;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends of one partition, from their arrival to their answer. Touched on the owner's loop only,
 * except for {@link #reserve}. All that have arrived when the loop ends its batch are written
 * together; those with acks=all then wait for the high watermark, in order of offset.
 */
final class AppendQueue {
    private static final Logger LOGGER = LoggerFactory.getLogger(AppendQueue.class);

    private final TopicPartition id;
    private final PartitionIdentity identity;
    private final EventLoop owner;
    private final PartitionState state;
    private final Replica replica;
    private final PartitionFlush flush;
    private final AdvanceWaits waits;
    private final VerificationGate gate;
    private final AppendTimeouts timeouts;
    private final AtomicLong pendingBytes = new AtomicLong();
    private final ArrayDeque<PendingAppend> unsafe = new ArrayDeque<>();
    private List<PendingAppend> arrived = new ArrayList<>();
    private @Nullable PartitionLog log;

    AppendQueue(
            PartitionIdentity identity,
            EventLoop owner,
            PartitionState state,
            PartitionFlush flush,
            AdvanceWaits waits) {
        this.id = identity.id();
        this.identity = identity;
        this.replica = identity.replica();
        this.owner = owner;
        this.state = state;
        this.flush = flush;
        this.waits = waits;
        this.gate =
                new VerificationGate(
                        id, (held, error) -> owner.post(() -> onVerified(held, error)));
        this.timeouts = new AppendTimeouts(owner, this::onDeadline);
    }

    /** Counts the bytes of an append that is about to be posted; false if too many wait already. */
    boolean reserve(int bytes, int maxPendingBytes) {
        if (pendingBytes.addAndGet(bytes) > maxPendingBytes) {
            pendingBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Queues an append behind the others; it is written when the log is there. */
    void onArrived(PendingAppend append) {
        owner.assertInLoop();
        arrived.add(append);
        if (log == null) {
            timeouts.watch(append);
        } else if (arrived.size() == 1) {
            owner.atEndOfBatch(this::onAppends);
        }
    }

    /** The log is open: what has arrived meanwhile goes to it. */
    void onOpened(PartitionLog opened) {
        owner.assertInLoop();
        log = opened;
        publish(opened);
        if (!arrived.isEmpty()) {
            owner.atEndOfBatch(this::onAppends);
        }
    }

    /** There is no log until {@link #onOpened} is called again. */
    void onLogGone() {
        owner.assertInLoop();
        log = null;
    }

    /** Refuses what has not been written yet, giving its buffers back. */
    void rejectArrived(ErrorCode error, String why) {
        owner.assertInLoop();
        List<PendingAppend> all = arrived;
        arrived = new ArrayList<>();
        reject(all, error, why);
        reject(gate.drain(), error, why);
    }

    private void reject(List<PendingAppend> appends, ErrorCode error, String why) {
        for (PendingAppend append : appends) {
            release(append);
            append.reject(error, why);
        }
    }

    /** Ends everything: the partition is not served here any more. */
    void onEndOfService(ErrorCode error) {
        owner.assertInLoop();
        log = null;
        rejectArrived(error, id + " is no longer served here");
        rejectUnsafe(error, id + " is no longer served here");
        waits.fireAll();
    }

    /** This broker leads no more: whoever waits asks the new leader. */
    void onResigned() {
        rejectArrived(ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " is led by another broker now");
        if (replica.keeps(SafetyRules.RESIGNED_LEADER_ACKNOWLEDGES_NOTHING)) {
            rejectUnsafe(ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " is led by another broker now");
        }
    }

    /** The ISR is too small now for what was appended: its writers may try again. */
    void onTooFewInSync() {
        rejectUnsafe(ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, id + ": written, but " + tooFew());
    }

    private String tooFew() {
        return replica.isrSize()
                + " replicas in sync, min.insync.replicas="
                + state.config().minInsyncReplicas();
    }

    void rejectUnsafe(ErrorCode error, String why) {
        PendingAppend oldest;
        while ((oldest = unsafe.poll()) != null) {
            oldest.reject(error, why);
        }
    }

    /** The coordinator has spoken: what waited for it goes before all that came later. */
    private void onVerified(VerificationGate.Held held, ErrorCode error) {
        owner.assertInLoop();
        ErrorCode verdict = gate.release(held, error);
        if (verdict != ErrorCode.NONE) {
            reject(
                    held.appends(),
                    verdict,
                    id + ": the coordinator knows of no open transaction here: " + verdict);
            return;
        }
        boolean roundIsDue = !arrived.isEmpty();
        arrived.addAll(0, held.appends());
        if (log != null && !roundIsDue && !arrived.isEmpty()) {
            owner.atEndOfBatch(this::onAppends);
        }
    }

    /** Writes everything that has arrived: one write, one snapshot, one pass of answers. */
    private void onAppends() {
        owner.assertInLoop();
        PartitionLog open = log;
        if (open == null || arrived.isEmpty()) {
            return;
        }
        List<PendingAppend> round = arrived;
        arrived = new ArrayList<>();
        IOException failure = identity.directory().failure();
        if (failure == null) {
            failure = open.refusal();
        }
        try {
            for (int i = 0; i < round.size() && failure == null; i++) {
                stage(round.get(i), open);
            }
            open.writeStaged();
        } catch (IOException e) {
            onWriteFailed(e);
            // A full disk says what to do about it.
            DiskFullException full = identity.directory().fullness();
            failure = full == null ? e : full;
        }
        // Who is told of an offset finds it when it asks next, whatever its acks.
        publish(open);
        long end = open.endOffset();
        for (PendingAppend append : round) {
            if (append.held) {
                append.held = false;
                timeouts.watch(append);
                continue;
            }
            release(append);
            boolean lost =
                    append.decision == null
                            || (append.decision instanceof AppendDecision.Accepted
                                    && append.lastOffset() >= end);
            if (lost && failure != null) {
                append.reject(ErrorCode.KAFKA_STORAGE_ERROR, id + ": " + failure.getMessage());
            } else if (append.demand.acksAll() && append.lastOffset() >= 0) {
                unsafe.add(append);
            } else {
                append.complete(open.logStartOffset());
            }
        }
        answerSafe(open);
        flush.flushIfNeeded(open);
    }

    private void stage(PendingAppend append, PartitionLog open) throws IOException {
        if (append.demand.acksAll() && !replica.mayAppendForAll()) {
            append.decision =
                    new AppendDecision.Refused(ErrorCode.NOT_ENOUGH_REPLICAS, id + ": " + tooFew());
            return;
        }
        if (append.hasCheck() && gate.holds(append, open)) {
            append.held = true;
            return;
        }
        append.decision = open.stage(append.batch, append.terms);
        if (append.marker != null && append.decision instanceof AppendDecision.Accepted) {
            gate.onMarker(append.marker);
        }
    }

    void onWriteFailed(IOException e) {
        if (e instanceof DiskFullException) {
            LOGGER.atWarn()
                    .addKeyValue("partition", id)
                    .addKeyValue("directory", identity.directory().root())
                    .log("no space left; appends are refused until there is");
        } else {
            identity.directory().fail(id + ": write failed", e);
        }
    }

    void release(PendingAppend append) {
        pendingBytes.addAndGet(-append.bytes);
        append.batch.buffer().release();
    }

    /** Moves the high watermark, shows it, and answers those who waited for it. */
    void onHighWatermark(PartitionLog open) {
        publish(open);
        answerSafe(open);
    }

    private void publish(PartitionLog open) {
        owner.assertInLoop();
        replica.onOwnProgress(open.endOffset(), open.recoveryPoint());
        open.advanceHighWatermark(replica.highWatermark());
        open.publish();
        state.snapshot(open.snapshot());
    }

    private void answerSafe(PartitionLog open) {
        long safe = open.highWatermark();
        PendingAppend oldest;
        while ((oldest = unsafe.peek()) != null && oldest.lastOffset() < safe) {
            unsafe.poll();
            oldest.complete(open.logStartOffset());
        }
        watchUnsafe();
        waits.fire(open.snapshot());
    }

    /** Those that have just joined the wait are at its end. */
    private void watchUnsafe() {
        Iterator<PendingAppend> latest = unsafe.descendingIterator();
        while (latest.hasNext()) {
            PendingAppend append = latest.next();
            if (append.deadlineMs != PendingAppend.NO_DEADLINE) {
                return;
            }
            timeouts.watch(append);
        }
    }

    /** Answers those who have waited long enough; what was written stays written. */
    private void onDeadline(long nowMs) {
        owner.assertInLoop();
        List<PendingAppend> late = new ArrayList<>();
        takeLate(arrived.iterator(), nowMs, late);
        late.addAll(gate.takeLate(nowMs));
        reject(late, ErrorCode.REQUEST_TIMED_OUT, id + ": not written in time");
        List<PendingAppend> written = new ArrayList<>();
        takeLate(unsafe.iterator(), nowMs, written);
        for (PendingAppend append : written) {
            append.reject(
                    ErrorCode.REQUEST_TIMED_OUT,
                    id
                            + ": written at offset "
                            + append.lastOffset()
                            + ", but not replicated within "
                            + append.demand.timeoutMs()
                            + " ms");
        }
        arrived.forEach(timeouts::watch);
        gate.forEach(timeouts::watch);
        unsafe.forEach(timeouts::watch);
    }

    private static void takeLate(
            Iterator<PendingAppend> waiting, long nowMs, List<PendingAppend> late) {
        while (waiting.hasNext()) {
            PendingAppend append = waiting.next();
            if (append.deadlineMs <= nowMs) {
                waiting.remove();
                late.add(append);
            }
        }
    }
}
