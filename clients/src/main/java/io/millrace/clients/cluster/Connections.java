package io.millrace.clients.cluster;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.RandomSource;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.Outcome.Reason;
import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.protocol.message.ApiResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to brokers, one for each broker and {@link Purpose}, opened when first needed and
 * again after they broke, with growing pauses between failures. Belongs to the client's loop.
 */
public final class Connections {
    private static final Logger LOGGER = LoggerFactory.getLogger(Connections.class);

    private final EventLoop loop;
    private final ClientConfig config;
    private final Link.Factory links;
    private final Backoff backoff;
    private final Map<Integer, HostPort> addresses = new HashMap<>();
    private final Map<Key, Slot> slots = new HashMap<>();
    private boolean closed;

    /** What a connection is for, so that requests that wait at the broker delay no others. */
    public enum Purpose {
        /** Requests answered at once. */
        REQUESTS,
        /** Fetches, which wait for records. */
        FETCH,
        /** A group's coordinator: joining waits for the other members. */
        GROUP
    }

    private record Key(int node, Purpose purpose) {}

    /** A connection, or when to try again. */
    private static final class Slot {
        private final HostPort address;
        private @Nullable CompletableFuture<Link> link;
        private int failures;
        private long retryAtNanos;

        Slot(HostPort address) {
            this.address = address;
        }

        boolean isOpen() {
            return link != null
                    && link.isDone()
                    && !link.isCompletedExceptionally()
                    && link.join().isOpen();
        }

        boolean isConnecting() {
            return link != null && !link.isDone();
        }
    }

    public Connections(
            EventLoop loop, ClientConfig config, Link.Factory links, RandomSource random) {
        this.loop = loop;
        this.config = config;
        this.links = links;
        this.backoff =
                new Backoff(config.reconnectBackoffMs(), config.reconnectBackoffMaxMs(), random);
    }

    /** Learns where nodes are. Connections to a node that moved are closed. */
    public void addresses(Map<Integer, HostPort> now) {
        addresses.putAll(now);
        slots.entrySet()
                .removeIf(
                        entry -> {
                            HostPort address = addresses.get(entry.getKey().node());
                            boolean moved = !entry.getValue().address.equals(address);
                            if (moved) {
                                close(entry.getValue());
                            }
                            return moved;
                        });
    }

    /** Sends to a node on its connection for plain requests, with the configured time limit. */
    public <R extends ApiResponse> CompletableFuture<Outcome<R>> send(
            int node, RequestFactory<R> request) {
        return send(node, Purpose.REQUESTS, request, config.requestTimeoutMs());
    }

    /**
     * Sends to a node, connecting if need be; the future never fails, and completes on the loop.
     */
    public <R extends ApiResponse> CompletableFuture<Outcome<R>> send(
            int node, Purpose purpose, RequestFactory<R> request, long timeoutMs) {
        loop.assertInLoop();
        if (closed) {
            return unanswered(Reason.CLOSED, "the client is closed");
        }
        HostPort address = addresses.get(node);
        if (address == null) {
            return unanswered(Reason.UNREACHABLE, "broker " + node + " has no known address");
        }
        Slot slot = slots.computeIfAbsent(new Key(node, purpose), key -> new Slot(address));
        CompletableFuture<Link> link = slot.link;
        if (link == null || link.isDone() && !slot.isOpen()) {
            long waitNanos = slot.retryAtNanos - loop.clock().nanos();
            if (slot.failures > 0 && waitNanos > 0) {
                return unanswered(
                        Reason.UNREACHABLE,
                        "broker %d at %s is not reachable; next attempt in %d ms"
                                .formatted(
                                        node,
                                        address,
                                        TimeUnit.NANOSECONDS.toMillis(waitNanos) + 1));
            }
            link = connect(node, slot);
        }
        if (slot.isOpen()) {
            return link.join().send(request, timeoutMs);
        }
        return link.handle(
                        (open, error) ->
                                error == null
                                        ? open.send(request, timeoutMs)
                                        : Connections.<R>unanswered(
                                                Reason.UNREACHABLE,
                                                "broker %d at %s: %s"
                                                        .formatted(node, address, causeOf(error))))
                .thenCompose(outcome -> outcome);
    }

    /** Whether a request would go out at once. */
    public boolean isOpen(int node) {
        Slot slot = slots.get(new Key(node, Purpose.REQUESTS));
        return slot != null && slot.isOpen();
    }

    /**
     * Level of a feature as this node told when the connection for plain requests was opened; empty
     * if there is no such connection now.
     */
    public OptionalInt featureLevel(int node, String feature) {
        Slot slot = slots.get(new Key(node, Purpose.REQUESTS));
        CompletableFuture<Link> link = slot == null || !slot.isOpen() ? null : slot.link;
        return link == null
                ? OptionalInt.empty()
                : OptionalInt.of(link.join().featureLevel(feature));
    }

    /** Whether a request would fail at once, because the last attempts to connect did. */
    public boolean isBackingOff(int node, Purpose purpose) {
        Slot slot = slots.get(new Key(node, purpose));
        return slot != null
                && slot.failures > 0
                && !slot.isOpen()
                && !slot.isConnecting()
                && slot.retryAtNanos - loop.clock().nanos() > 0;
    }

    public void close() {
        closed = true;
        List<Slot> all = new ArrayList<>(slots.values());
        slots.clear();
        all.forEach(Connections::close);
    }

    private CompletableFuture<Link> connect(int node, Slot slot) {
        CompletableFuture<Link> link = links.connect(slot.address);
        slot.link = link;
        link.whenComplete(
                (open, error) -> {
                    if (error == null) {
                        slot.failures = 0;
                        if (closed) {
                            open.close();
                        }
                        return;
                    }
                    slot.failures++;
                    long waitMs = backoff.afterMs(slot.failures);
                    slot.retryAtNanos =
                            loop.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(waitMs);
                    LOGGER.atDebug()
                            .addKeyValue("broker", node)
                            .addKeyValue("address", slot.address)
                            .addKeyValue("failures", slot.failures)
                            .addKeyValue("cause", causeOf(error))
                            .log("cannot connect");
                });
        return link;
    }

    private static void close(Slot slot) {
        CompletableFuture<Link> link = slot.link;
        if (link != null) {
            link.whenComplete(
                    (open, error) -> {
                        if (error == null) {
                            open.close();
                        }
                    });
        }
    }

    private static String causeOf(Throwable error) {
        Throwable cause =
                error instanceof java.util.concurrent.CompletionException
                                && error.getCause() != null
                        ? error.getCause()
                        : error;
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    private static <R> CompletableFuture<Outcome<R>> unanswered(Reason reason, String detail) {
        return CompletableFuture.completedFuture(new Unanswered<>(reason, detail));
    }

    /** The answer, or the failure as an exception. */
    public static <R> CompletableFuture<R> orFail(CompletableFuture<Outcome<R>> outcome) {
        return outcome.thenApply(
                end -> {
                    if (end instanceof Answered<R> answered) {
                        return answered.response();
                    }
                    throw ((Unanswered<R>) end).toException();
                });
    }
}
