package io.millrace.broker.partition;

import io.millrace.broker.log.AppendDecision;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.RecordBatchView;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One append on its way through the owner. Holds a reference to the batch's buffer until the log
 * has it or refused it.
 */
final class PendingAppend {
    final RecordBatchView batch;
    final int bytes;
    final short requiredAcks;
    final AppendOrigin origin;
    final CompletableFuture<AppendResult> result = new CompletableFuture<>();

    /** What the log decided; null before it did. */
    @Nullable AppendDecision decision;

    PendingAppend(RecordBatchView batch, short requiredAcks, AppendOrigin origin) {
        this.batch = batch;
        this.bytes = batch.sizeInBytes();
        this.requiredAcks = requiredAcks;
        this.origin = origin;
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
        result.complete(AppendResult.Rejected.of(error, why));
    }
}
