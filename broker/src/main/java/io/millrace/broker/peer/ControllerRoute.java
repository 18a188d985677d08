package io.millrace.broker.peer;

import io.millrace.base.loop.EventLoop;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to whoever leads the cluster: this broker or another, and after an election somebody
 * else. Asks again until the request's patience ends. From any thread.
 */
public final class ControllerRoute {
    /** Between attempts: elections take longer, but their end is seen soon. */
    static final long RETRY_MS = 50;

    private final int self;
    private final EventLoop loop;
    private final Supplier<MetadataImage> metadata;

    public ControllerRoute(int self, EventLoop loop, Supplier<MetadataImage> metadata) {
        this.self = self;
        this.loop = loop;
        this.metadata = metadata;
    }

    /** One question on its way. */
    private record Question<T>(
            Supplier<CompletableFuture<T>> here,
            IntFunction<CompletableFuture<T>> there,
            long deadlineNanos,
            CompletableFuture<T> answer) {}

    /**
     * Asks the controller. Fails like the last attempt; with {@code NOT_CONTROLLER}, which may be
     * tried again, when none could be found. A question whose answer was lost on the way is asked
     * again, so it must do no harm twice.
     *
     * @param patienceMs until the last attempt; 0 makes one only
     * @param here asks this broker's own controller
     * @param there asks the broker with this id
     */
    <T> CompletableFuture<T> ask(
            long patienceMs,
            Supplier<CompletableFuture<T>> here,
            IntFunction<CompletableFuture<T>> there) {
        Question<T> question =
                new Question<>(
                        here,
                        there,
                        loop.clock().nanos() + patienceMs * 1_000_000,
                        new CompletableFuture<>());
        attempt(question);
        return question.answer;
    }

    private <T> void attempt(Question<T> question) {
        OptionalInt leader = metadata.get().controllerId();
        boolean ours = leader.isEmpty() || leader.getAsInt() == self;
        CompletableFuture<T> asked;
        try {
            asked = ours ? question.here.get() : question.there.apply(leader.getAsInt());
        } catch (RuntimeException e) {
            question.answer.completeExceptionally(e);
            return;
        }
        asked.whenComplete(
                (value, failure) -> {
                    if (failure == null) {
                        question.answer.complete(value);
                    } else {
                        onFailure(question, causeOf(failure));
                    }
                });
    }

    private <T> void onFailure(Question<T> question, Throwable failure) {
        if (!isElsewhere(failure)) {
            question.answer.completeExceptionally(failure);
        } else if (loop.clock().nanos() + RETRY_MS * 1_000_000 - question.deadlineNanos >= 0) {
            question.answer.completeExceptionally(
                    new ApiException(
                            ErrorCode.NOT_CONTROLLER,
                            "the controller was not reached: " + failure.getMessage(),
                            failure));
        } else {
            loop.schedule(RETRY_MS, () -> attempt(question));
        }
    }

    /** Whether another attempt may find the controller. */
    private static boolean isElsewhere(Throwable failure) {
        return failure instanceof ApiException api
                && switch (api.error()) {
                    case NOT_CONTROLLER, NETWORK_EXCEPTION, BROKER_NOT_AVAILABLE -> true;
                    default -> false;
                };
    }

    /** What a future failed with, without the wrapping. */
    static Throwable causeOf(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException) {
            @Nullable Throwable inner = cause.getCause();
            if (inner == null) {
                return cause;
            }
            cause = inner;
        }
        return cause;
    }
}
