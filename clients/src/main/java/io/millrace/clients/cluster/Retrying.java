package io.millrace.clients.cluster;

import io.millrace.base.loop.EventLoop;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.RetriableClientException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Tries something again, with growing pauses, as long as it fails with a {@link
 * RetriableClientException} and time is left. Belongs to the client's loop.
 */
public record Retrying(EventLoop loop, Backoff backoff) {

    /**
     * The result of the first attempt that succeeds; else the last failure, or after {@code
     * timeoutMs} a {@link ClientTimeoutException} that names it.
     */
    public <T> CompletableFuture<T> run(long timeoutMs, Supplier<CompletableFuture<T>> attempt) {
        CompletableFuture<T> result = new CompletableFuture<>();
        long deadline = loop.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        attempt(new Run<>(result, attempt, deadline, timeoutMs), 0);
        return result;
    }

    private record Run<T>(
            CompletableFuture<T> result,
            Supplier<CompletableFuture<T>> attempt,
            long deadlineNanos,
            long timeoutMs) {}

    private <T> void attempt(Run<T> run, int failures) {
        CompletableFuture<T> started;
        try {
            started = run.attempt.get();
        } catch (RuntimeException e) {
            started = CompletableFuture.failedFuture(e);
        }
        started.whenComplete(
                (value, error) -> {
                    if (error == null) {
                        run.result.complete(value);
                    } else {
                        onFailure(run, failures + 1, Failures.unwrap(error));
                    }
                });
    }

    private <T> void onFailure(Run<T> run, int failures, RuntimeException cause) {
        if (!(cause instanceof RetriableClientException)) {
            run.result.completeExceptionally(cause);
            return;
        }
        long waitMs = backoff.afterMs(failures);
        long then = loop.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(waitMs);
        if (then - run.deadlineNanos >= 0) {
            run.result.completeExceptionally(
                    new ClientTimeoutException(
                            "given up after %d attempts in %d ms; the last: %s"
                                    .formatted(failures, run.timeoutMs, cause.getMessage()),
                            cause));
            return;
        }
        loop.schedule(waitMs, () -> attempt(run, failures));
    }
}
