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
 * fails; the next request finds the connection mended.
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
        ensemble.loop().post(() -> ensemble.endSession(this));
    }

    /** Takes the process away without a goodbye: nothing is answered from here on. */
    public void crash() {
        closed = true;
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
        ensemble.loop()
                .post(
                        () -> {
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
                        });
        return reply;
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
        clientLoop.post(
                () -> {
                    if (!closed) {
                        event.run();
                    }
                });
    }

    long session() {
        return session;
    }

    void replicate(List<ZnodeWrite> writes, long bySession) {
        unseenCommits.add(() -> see(writes, bySession));
        int lagMs = ensemble.faults().lagMs();
        Runnable delivery =
                () -> {
                    Runnable commit = unseenCommits.poll();
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
        int mended = ++connectionAtEnsemble;
        nodeWatches.clear();
        childWatches.clear();
        onClient(
                () -> {
                    connection = Math.max(connection, mended);
                    listeners.forEach(SessionListener::expired);
                    listeners.forEach(SessionListener::connected);
                });
    }

    private record Answer<T>(@Nullable T value, @Nullable Reason refused) {}
}
