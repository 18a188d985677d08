package io.millrace.broker.peer;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.LoopClosedException;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Small questions to one peer, as many as wait at a time in one request, one request under way.
 * Owned by its loop; {@link #ask} from any thread.
 *
 * @param <I> question
 * @param <A> answer
 */
final class PeerQueue<I, A> {
    /** Questions that may wait; more are refused, and asked again by whoever needs them. */
    static final int MAX_WAITING = 10_000;

    private final EventLoop loop;
    private final int mostAtOnce;
    private final Function<List<I>, CompletableFuture<List<A>>> send;
    private final ArrayDeque<Waiting<I, A>> waiting = new ArrayDeque<>();
    private boolean asking;

    private record Waiting<I, A>(I question, CompletableFuture<A> answer) {}

    /**
     * Nothing waits.
     *
     * @param send sends a request; its answers are in the order of the questions
     */
    PeerQueue(EventLoop loop, int mostAtOnce, Function<List<I>, CompletableFuture<List<A>>> send) {
        this.loop = loop;
        this.mostAtOnce = mostAtOnce;
        this.send = send;
    }

    CompletableFuture<A> ask(I question) {
        CompletableFuture<A> answer = new CompletableFuture<>();
        try {
            loop.post(() -> onAsk(new Waiting<>(question, answer)));
        } catch (LoopClosedException e) {
            answer.completeExceptionally(
                    new ApiException(ErrorCode.NETWORK_EXCEPTION, "this broker stops", e));
        }
        return answer;
    }

    private void onAsk(Waiting<I, A> next) {
        if (waiting.size() >= MAX_WAITING) {
            next.answer.completeExceptionally(
                    new ApiException(ErrorCode.NETWORK_EXCEPTION, "too many questions wait"));
            return;
        }
        waiting.add(next);
        if (!asking) {
            asking = true;
            // Behind the questions that were posted already: they go together.
            loop.atEndOfBatch(this::sendNext);
        }
    }

    private void sendNext() {
        List<Waiting<I, A>> batch = new ArrayList<>();
        while (!waiting.isEmpty() && batch.size() < mostAtOnce) {
            batch.add(waiting.remove());
        }
        if (batch.isEmpty()) {
            asking = false;
            return;
        }
        send.apply(batch.stream().map(Waiting::question).toList())
                .whenComplete(
                        (answers, failure) -> {
                            for (int i = 0; i < batch.size(); i++) {
                                if (failure == null) {
                                    batch.get(i).answer.complete(answers.get(i));
                                } else {
                                    batch.get(i).answer.completeExceptionally(failure);
                                }
                            }
                            loop.execute(this::sendNext);
                        });
    }
}
