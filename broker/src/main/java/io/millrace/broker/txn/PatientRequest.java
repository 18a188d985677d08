package io.millrace.broker.txn;

import io.millrace.base.loop.EventLoop;
import io.millrace.protocol.error.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request that is tried again when the transaction is complete that stands in its way, for a
 * while. Owned by the shard's loop.
 */
final class PatientRequest {
    private final EventLoop loop;
    private final CompletionWaits waits;
    private final String transactionalId;
    private final Supplier<CompletableFuture<ErrorCode>> request;
    private final CompletableFuture<ErrorCode> answered = new CompletableFuture<>();

    /** Waits for a completion, not for an answer. */
    private boolean waiting;

    private boolean impatient;

    PatientRequest(
            EventLoop loop,
            CompletionWaits waits,
            String transactionalId,
            Supplier<CompletableFuture<ErrorCode>> request) {
        this.loop = loop;
        this.waits = waits;
        this.transactionalId = transactionalId;
        this.request = request;
    }

    /** From any thread; answers with what the last attempt answers. */
    CompletableFuture<ErrorCode> start(int patienceMs) {
        loop.execute(
                () -> {
                    EventLoop.Timer timer = loop.schedule(patienceMs, this::onPatienceEnds);
                    answered.whenComplete((code, failure) -> timer.cancel());
                    attempt();
                });
        return answered;
    }

    void attempt() {
        waiting = false;
        request.get().whenComplete((code, failure) -> loop.execute(() -> onAnswer(code, failure)));
    }

    private void onAnswer(@Nullable ErrorCode code, @Nullable Throwable failure) {
        if (failure != null) {
            answered.completeExceptionally(failure);
        } else if (code != ErrorCode.CONCURRENT_TRANSACTIONS || impatient) {
            answered.complete(code);
        } else {
            waiting = true;
            waits.add(transactionalId, this);
        }
    }

    private void onPatienceEnds() {
        impatient = true;
        if (waiting) {
            waits.remove(transactionalId, this);
            attempt();
        }
    }
}
