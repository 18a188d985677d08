package io.millrace.broker.partition;

import io.millrace.broker.log.AppendDecision;
import io.millrace.broker.log.AppendTerms;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.RecordBatchView;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One append on its way through the owner. Holds a reference to the batch's buffer until the log
 * has it or refused it.
 */
final class PendingAppend {
    /** Deadline of an append that nobody has begun to wait for. */
    static final long NO_DEADLINE = Long.MAX_VALUE;

    final RecordBatchView batch;
    final int bytes;
    final AppendDemand demand;
    final CompletableFuture<AppendResult> result = new CompletableFuture<>();

    /** The marker that the batch is, if it is one that a coordinator of this broker writes. */
    final @Nullable TransactionMarker marker;

    /** Monotonic time in milliseconds after which its writer is not kept waiting. */
    long deadlineMs = NO_DEADLINE;

    AppendTerms terms;

    /** Set within one round: it waits for the coordinator and is not written yet. */
    boolean held;

    /** What the log decided; null before it did. */
    @Nullable AppendDecision decision;

    private @Nullable TransactionCheck check;

    PendingAppend(RecordBatchView batch, AppendDemand demand, @Nullable TransactionMarker marker) {
        this.batch = batch;
        this.bytes = batch.sizeInBytes();
        this.demand = demand;
        this.marker = marker;
        this.terms =
                marker == null ? AppendTerms.of(demand.origin()) : AppendTerms.ofMarker(marker);
        this.check = batch.isTransactional() ? demand.check() : null;
    }

    /** It goes to the owner now, who will say whether it needs the coordinator. */
    void announce() {
        if (check != null) {
            check.given();
        }
    }

    /** Whether the coordinator may have to be asked before it is written. */
    boolean hasCheck() {
        return check != null;
    }

    /** The verification that this append takes part in, once: whoever takes it speaks for it. */
    @Nullable TransactionCheck takeCheck() {
        TransactionCheck taken = check;
        check = null;
        return taken;
    }

    /** Last offset that must be safe before this may be answered, for acks=all. */
    long lastOffset() {
        if (decision instanceof AppendDecision.Accepted accepted) {
            return accepted.lastOffset();
        }
        return decision instanceof AppendDecision.Duplicate duplicate ? duplicate.lastOffset() : -1;
    }

    void complete(long logStartOffset) {
        if (decision instanceof AppendDecision.Accepted a) {
            result.complete(
                    new AppendResult.Appended(
                            a.baseOffset(), a.lastOffset(), a.logAppendTimeMs(), logStartOffset));
        } else if (decision instanceof AppendDecision.Duplicate d) {
            result.complete(
                    new AppendResult.Appended(d.baseOffset(), d.lastOffset(), -1, logStartOffset));
        } else if (decision instanceof AppendDecision.Refused refused) {
            reject(refused.error(), refused.why());
        }
    }

    void reject(ErrorCode error, String why) {
        TransactionCheck open = takeCheck();
        if (open != null) {
            open.notNeeded();
        }
        result.complete(AppendResult.Rejected.of(error, why));
    }
}
