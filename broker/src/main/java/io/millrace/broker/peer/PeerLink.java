package io.millrace.broker.peer;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.LoopClosedException;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One lane to one peer: connects when somebody wants to send, sends in order, and after a failed
 * attempt refuses for a while instead of trying again. Owned by its loop; {@link #send} and {@link
 * #close} from any thread.
 */
final class PeerLink {
    /** Requests on the wire; the other side reads no further beyond as many. */
    static final int MAX_IN_FLIGHT = 200;

    /** Requests that wait for the connection or for room on it; more are refused. */
    static final int MAX_WAITING = 2_000;

    static final long FIRST_PAUSE_MS = 20;
    static final long LONGEST_PAUSE_MS = 500;

    private final EventLoop loop;
    private final PeerAddress address;
    private final PeerChannel.Dialer dialer;
    private final Runnable onRefused;
    private final ArrayDeque<Outgoing<?>> waiting = new ArrayDeque<>();

    /** Handed to the loop and not looked at yet. */
    private final AtomicInteger posted = new AtomicInteger();

    /** Set while it is open and nobody waits: then requests need not go over the loop. */
    private volatile @Nullable PeerChannel ready;

    private @Nullable PeerChannel channel;
    private boolean connecting;
    private boolean closed;

    /** Somebody wants to know whether the peer is there. */
    private boolean kept;

    private long pauseMs;
    private long pausedUntilNanos;
    private @Nullable ApiException lastFailure;

    private record Outgoing<R extends ApiResponse>(
            ApiRequest<R> request, int timeoutMs, CompletableFuture<R> answer) {

        void over(PeerChannel channel) {
            channel.send(request, timeoutMs)
                    .whenComplete(
                            (response, failure) -> {
                                if (failure == null) {
                                    answer.complete(response);
                                } else {
                                    answer.completeExceptionally(failure);
                                }
                            });
        }
    }

    /**
     * A link that is not connected.
     *
     * @param onRefused runs on the loop whenever nobody listened at the address
     */
    PeerLink(EventLoop loop, PeerAddress address, PeerChannel.Dialer dialer, Runnable onRefused) {
        this.loop = loop;
        this.address = address;
        this.dialer = dialer;
        this.onRefused = onRefused;
    }

    PeerAddress address() {
        return address;
    }

    <R extends ApiResponse> CompletableFuture<R> send(ApiRequest<R> request, int timeoutMs) {
        Outgoing<R> outgoing = new Outgoing<>(request, timeoutMs, new CompletableFuture<>());
        PeerChannel direct = ready;
        // INVARIANT: what this thread posted before was handled, so nothing is overtaken.
        if (direct != null && posted.get() == 0 && direct.inFlight() < MAX_IN_FLIGHT) {
            outgoing.over(direct);
            return outgoing.answer;
        }
        posted.incrementAndGet();
        try {
            loop.post(() -> onSend(outgoing));
        } catch (LoopClosedException e) {
            outgoing.answer.completeExceptionally(unreachable("is not asked: we stop", e));
        }
        return outgoing.answer;
    }

    /** Fails what waits and what is under way. */
    void close() {
        loop.execute(this::onClose);
    }

    /** Whether to connect also when there is nothing to send, again and again. */
    void keep(boolean connected) {
        loop.execute(
                () -> {
                    kept = connected;
                    if (kept && channel == null && !closed) {
                        connect();
                    }
                });
    }

    private void onSend(Outgoing<?> outgoing) {
        loop.assertInLoop();
        if (closed) {
            outgoing.answer.completeExceptionally(unreachable("was registered anew", null));
        } else if (waiting.size() >= MAX_WAITING) {
            outgoing.answer.completeExceptionally(
                    unreachable("has " + MAX_WAITING + " requests waiting", null));
        } else {
            ready = null;
            waiting.add(outgoing);
            proceed();
        }
        posted.decrementAndGet();
    }

    private void proceed() {
        PeerChannel open = channel;
        if (open == null) {
            connect();
            return;
        }
        while (!waiting.isEmpty() && open.inFlight() < MAX_IN_FLIGHT) {
            Outgoing<?> next = waiting.remove();
            // The count of a sent request may lag: room is looked for again on each answer.
            next.answer.whenComplete((response, failure) -> loop.execute(this::roomAgain));
            next.over(open);
        }
        if (waiting.isEmpty()) {
            ready = open;
        }
    }

    private void roomAgain() {
        if (channel != null && !waiting.isEmpty()) {
            proceed();
        }
    }

    private void connect() {
        if (connecting) {
            return;
        }
        if (loop.clock().nanos() - pausedUntilNanos < 0) {
            failWaiting();
            return;
        }
        connecting = true;
        dialer.dial(address.host(), address.port())
                .whenComplete((opened, failure) -> loop.execute(() -> onDialed(opened, failure)));
    }

    private void onDialed(@Nullable PeerChannel opened, @Nullable Throwable failure) {
        connecting = false;
        if (closed) {
            if (opened != null) {
                opened.close();
            }
            return;
        }
        if (opened == null) {
            pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2));
            pausedUntilNanos = loop.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(pauseMs);
            lastFailure = unreachable("cannot be reached", failure);
            if (PeerAddress.isRefusal(failure)) {
                onRefused.run();
            }
            failWaiting();
            if (kept) {
                loop.schedule(pauseMs, this::connectAgain);
            }
            return;
        }
        pauseMs = 0;
        lastFailure = null;
        channel = opened;
        opened.closed().whenComplete((done, broken) -> loop.execute(() -> onLost(opened)));
        proceed();
    }

    private void connectAgain() {
        if (kept && channel == null && !closed) {
            connect();
        }
    }

    private void onLost(PeerChannel lost) {
        if (channel != lost) {
            return;
        }
        channel = null;
        ready = null;
        if (!closed) {
            // Whether somebody still listens there is what a controller wants to know soon.
            connect();
        }
    }

    private void onClose() {
        closed = true;
        ready = null;
        PeerChannel open = channel;
        channel = null;
        if (open != null) {
            open.close();
        }
        failWaiting();
    }

    private void failWaiting() {
        ApiException why = lastFailure;
        while (!waiting.isEmpty()) {
            waiting.remove()
                    .answer
                    .completeExceptionally(
                            why == null ? unreachable("was registered anew", null) : why);
        }
    }

    private ApiException unreachable(String what, @Nullable Throwable cause) {
        String reason = cause == null ? "" : ": " + cause.getMessage();
        return new ApiException(ErrorCode.NETWORK_EXCEPTION, address + " " + what + reason);
    }
}
