package io.millrace.broker.partition;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Completes futures that stand for work and nothing else. */
final class Futures {
    private Futures() {}

    static void complete(CompletableFuture<Void> future, @Nullable Throwable failure) {
        if (failure == null) {
            future.complete(null);
        } else {
            future.completeExceptionally(failure);
        }
    }
}
