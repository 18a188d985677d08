package io.millrace.zk.session;

import io.millrace.base.loop.EventLoop;
import io.millrace.zk.session.SimulatedEnsemble.Fate;
import io.millrace.zk.session.SimulatedEnsemble.ZnodeTree;
import io.millrace.zk.session.ZnodeException.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One client of a {@link SimulatedEnsemble}. Requests travel to the ensemble's loop and replies
 * back to the client's, each in order. When the connection breaks, every request still on its way
 * fails; the next request finds the connection mended, unless the client is {@link #cutOff}.
 */
public final class SimulatedZnodes implements Znodes {
    private final SimulatedEnsemble ensemble;
    private final EventLoop clientLoop;
    private final List<SessionListener> listeners = new ArrayList<>();

    // Owned by the ensemble's loop.
    private final ArrayDeque<Runnable> unseenCommits = new ArrayDeque<>();
    private final Map<String, List<Runnable>> nodeWatches = new HashMap<>();
    private final Map<String, List<Runnable>> childWatches = new HashMap<>();
    private ZnodeTree replica;
    private long session;
    private int connectionAtEnsemble;
    private boolean reachable = true;
    private boolean expiredWhileAway;
    private boolean forgotten;
    private long lastRequestNanos;
    private long lastReplyNanos;

    // Owned by the client's loop.
    private int connection;
    private boolean closed;

    SimulatedZnodes(
            SimulatedEnsemble ensemble, EventLoop clientLoop, long session, ZnodeTree replica) {
        this.ensemble = ensemble;
        this.clientLoop = clientLoop;
        this.session = session;
        this.replica = replica;
    }

    @Override
    public CompletableFuture<Znode> get(String path) {
        return request("read " + path, () -> read(path, null));
    }

    @Override
    public CompletableFuture<Znode> getAndWatch(String path, Runnable onChange) {
        return request("read " + path, () -> read(path, onChange));
    }

    @Override
    public CompletableFuture<List<String>> children(String path) {
        return request("list " + path, () -> new Answer<>(replica.children(path), null));
    }

    @Override
    public CompletableFuture<List<String>> childrenAndWatch(String path, Runnable onChange) {
        return request(
                "list " + path,
                () -> {
                    childWatches.computeIfAbsent(path, key -> new ArrayList<>()).add(onChange);
                    return new Answer<>(replica.children(path), null);
                });
    }

    @Override
    public CompletableFuture<Void> commit(List<ZnodeWrite> writes) {
        List<ZnodeWrite> copy = List.copyOf(writes);
        return request("write " + copy, () -> new Answer<>(null, ensemble.commit(this, copy)));
    }

    @Override
    public CompletableFuture<Void> sync() {
        return request(
                "sync",
                () -> {
                    catchUp();
                    return new Answer<>(null, null);
                });
    }

    @Override
    public void listen(SessionListener listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        closed = true;
        ensemble.loop()
                .post(
                        () -> {
                            ensemble.endSession(this);
                            forget();
                        });
    }

    /** Takes the process away without a goodbye: nothing is answered from here on. */
    public void crash() {
        closed = true;
        ensemble.loop().post(this::forget);
    }

    private void forget() {
        forgotten = true;
        unseenCommits.clear();
        ensemble.forget(this);
    }

    /**
     * The ensemble does not answer any more, because it is down or the way to it is. The session
     * lives until {@link SimulatedEnsemble#expire}, which this client hears of only when it is
     * back.
     */
    public void cutOff() {
        ensemble.loop()
                .post(
                        () -> {
                            if (!reachable) {
                                return;
                            }
                            reachable = false;
                            int broken = ++connectionAtEnsemble;
                            onClient(
                                    () -> {
                                        connection = Math.max(connection, broken);
                                        listeners.forEach(SessionListener::disconnected);
                                    });
                        });
    }

    /** The ensemble answers again. */
    public void reconnect() {
        ensemble.loop()
                .post(
                        () -> {
                            if (reachable) {
                                return;
                            }
                            reachable = true;
                            catchUp();
                            boolean expired = expiredWhileAway;
                            expiredWhileAway = false;
                            onClient(
                                    () -> {
                                        if (expired) {
                                            listeners.forEach(SessionListener::expired);
                                        }
                                        listeners.forEach(SessionListener::connected);
                                    });
                        });
    }

    private Answer<Znode> read(String path, @Nullable Runnable onChange) {
        ZnodeTree.Node node = replica.find(path);
        if (node == null) {
            return new Answer<>(null, Reason.NO_NODE);
        }
        if (onChange != null) {
            nodeWatches.computeIfAbsent(path, key -> new ArrayList<>()).add(onChange);
        }
        return new Answer<>(new Znode(node.bytes(), node.version(), node.owner() == session), null);
    }

    private <T> CompletableFuture<T> request(String what, Supplier<Answer<T>> work) {
        CompletableFuture<T> reply = new CompletableFuture<>();
        int sentOn = connection;
        travel(ensemble.loop(), true, () -> onRequest(what, work, reply, sentOn));
        return reply;
    }

    private <T> void onRequest(
            String what, Supplier<Answer<T>> work, CompletableFuture<T> reply, int sentOn) {
        if (!reachable) {
            onClient(() -> lost(reply, what));
            return;
        }
        if (sentOn != connectionAtEnsemble) {
            fail(reply, Reason.CONNECTION_LOSS, what, sentOn);
            return;
        }
        Fate fate = ensemble.faults().next();
        Answer<T> answer = fate == Fate.LOST_BEFORE ? null : work.get();
        if (fate != Fate.ANSWERED || answer == null) {
            connectionAtEnsemble++;
            fail(reply, Reason.CONNECTION_LOSS, what, sentOn);
        } else if (answer.refused != null) {
            fail(reply, answer.refused, what, sentOn);
        } else {
            onClient(() -> reply.complete(answer.value));
        }
    }

    private static void lost(CompletableFuture<?> reply, String what) {
        reply.completeExceptionally(new ZnodeException(Reason.CONNECTION_LOSS, what));
    }

    private void fail(CompletableFuture<?> reply, Reason reason, String what, int sentOn) {
        onClient(
                () -> {
                    if (reason == Reason.CONNECTION_LOSS && connection == sentOn) {
                        connection++;
                        listeners.forEach(SessionListener::disconnected);
                        listeners.forEach(SessionListener::connected);
                    }
                    reply.completeExceptionally(new ZnodeException(reason, what));
                });
    }

    private void onClient(Runnable event) {
        travel(
                clientLoop,
                false,
                () -> {
                    if (!closed) {
                        event.run();
                    }
                });
    }

    /** Takes its time, and never overtakes what went the same way before. */
    private void travel(EventLoop to, boolean request, Runnable event) {
        int travelMs = ensemble.faults().travelMs();
        long now = ensemble.loop().clock().nanos();
        long last = request ? lastRequestNanos : lastReplyNanos;
        // Timers count whole milliseconds, so what is remembered is when it really arrives.
        long delayMs = Math.max((long) travelMs, (last - now + 999_999) / 1_000_000);
        long arrival = now + delayMs * 1_000_000;
        if (request) {
            lastRequestNanos = arrival;
        } else {
            lastReplyNanos = arrival;
        }
        if (delayMs <= 0) {
            to.post(event);
        } else {
            to.schedule(delayMs, event);
        }
    }

    long session() {
        return session;
    }

    void replicate(List<ZnodeWrite> writes, long bySession) {
        if (forgotten) {
            return;
        }
        unseenCommits.add(() -> see(writes, bySession));
        int lagMs = ensemble.faults().lagMs();
        Runnable delivery =
                () -> {
                    Runnable commit = reachable ? unseenCommits.poll() : null;
                    if (commit != null) {
                        commit.run();
                    }
                };
        if (lagMs == 0) {
            delivery.run();
        } else {
            ensemble.loop().schedule(lagMs, delivery);
        }
    }

    void catchUp() {
        Runnable commit;
        while ((commit = unseenCommits.poll()) != null) {
            commit.run();
        }
    }

    private void see(List<ZnodeWrite> writes, long bySession) {
        replica.apply(writes, bySession);
        for (ZnodeWrite write : writes) {
            if (write instanceof ZnodeWrite.Check) {
                continue;
            }
            fire(nodeWatches, write.path());
            if (!(write instanceof ZnodeWrite.Put)) {
                int slash = write.path().lastIndexOf('/');
                fire(childWatches, write.path().substring(0, Math.max(1, slash)));
            }
        }
    }

    private void fire(Map<String, List<Runnable>> watches, String path) {
        List<Runnable> fired = watches.remove(path);
        if (fired != null) {
            fired.forEach(this::onClient);
        }
    }

    void sessionEnded(long newSession) {
        session = newSession;
        nodeWatches.clear();
        childWatches.clear();
        int mended = ++connectionAtEnsemble;
        if (!reachable) {
            expiredWhileAway = true;
            onClient(() -> connection = Math.max(connection, mended));
            return;
        }
        onClient(
                () -> {
                    connection = Math.max(connection, mended);
                    listeners.forEach(SessionListener::expired);
                    listeners.forEach(SessionListener::connected);
                });
    }

    private record Answer<T>(@Nullable T value, @Nullable Reason refused) {}
}
