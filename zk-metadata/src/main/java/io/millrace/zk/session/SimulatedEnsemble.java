package io.millrace.zk.session;

import io.millrace.base.loop.EventLoop;
import io.millrace.zk.session.ZnodeException.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A ZooKeeper ensemble in memory, for tests and simulation: one ordered history of commits, and one
 * replica per client that may lag behind it, as a follower does. Owned by the loop given; each
 * client lives on a loop of its own. Faults come from {@link Faults}, so a seed decides them.
 */
public final class SimulatedEnsemble {
    private final EventLoop loop;
    private final Faults faults;
    private final ZnodeTree leader = new ZnodeTree();
    private final List<SimulatedZnodes> clients = new ArrayList<>();
    private long nextSession = 1;

    public SimulatedEnsemble(EventLoop loop, Faults faults) {
        this.loop = loop;
        this.faults = faults;
    }

    /** A client with a session of its own whose callbacks run on {@code clientLoop}. */
    public SimulatedZnodes connect(EventLoop clientLoop) {
        SimulatedZnodes client =
                new SimulatedZnodes(this, clientLoop, nextSession++, new ZnodeTree(leader));
        clients.add(client);
        return client;
    }

    /** The client's process is gone: its session lives on until {@link #expire}. */
    void forget(SimulatedZnodes client) {
        clients.remove(client);
    }

    /** Nodes there are, past every lag. */
    public int size() {
        return leader.nodes.size();
    }

    /** Ends the client's session, as if it had been silent for too long. */
    public void expire(SimulatedZnodes client) {
        loop.post(() -> endSession(client));
    }

    /** What the ensemble has agreed on, past every lag. Null if there is no such node. */
    public byte @Nullable [] committed(String path) {
        ZnodeTree.Node node = leader.find(path);
        return node == null ? null : node.bytes();
    }

    EventLoop loop() {
        return loop;
    }

    Faults faults() {
        return faults;
    }

    /** Decides a commit; null if it took place. */
    @Nullable Reason commit(SimulatedZnodes from, List<ZnodeWrite> writes) {
        Reason refused = leader.apply(writes, from.session());
        if (refused == null) {
            for (SimulatedZnodes client : clients) {
                client.replicate(writes, from.session());
            }
            from.catchUp();
        }
        return refused;
    }

    void endSession(SimulatedZnodes client) {
        List<ZnodeWrite> gone = new ArrayList<>();
        leader.ephemeralsOf(client.session())
                .forEach(path -> gone.add(new ZnodeWrite.Delete(path, ZnodeWrite.ANY_VERSION)));
        long old = client.session();
        client.sessionEnded(nextSession++);
        if (!gone.isEmpty()) {
            leader.apply(gone, old);
            clients.forEach(other -> other.replicate(gone, old));
        }
    }

    /** Which requests suffer. */
    public interface Faults {

        /** Asked for each request, in the order of their taking effect. */
        Fate next();

        /** Milliseconds until a client's replica sees a commit of somebody else. */
        default int lagMs() {
            return 0;
        }

        /** Milliseconds that a request is on its way, and its answer again. */
        default int travelMs() {
            return 0;
        }

        /** Every request is answered. */
        static Faults none() {
            return () -> Fate.ANSWERED;
        }
    }

    /** What happens to one request. */
    public enum Fate {
        ANSWERED,
        /** The connection breaks before the request takes effect. */
        LOST_BEFORE,
        /** The request takes effect, then the connection breaks: the reply is lost. */
        LOST_AFTER
    }

    /** Paths to nodes; the rules of versions and ephemerals. */
    static final class ZnodeTree {
        private final TreeMap<String, Node> nodes;

        ZnodeTree() {
            nodes = new TreeMap<>();
            nodes.put("/", new Node(new byte[0], 0, 0));
        }

        ZnodeTree(ZnodeTree copied) {
            nodes = new TreeMap<>(copied.nodes);
        }

        record Node(byte[] bytes, int version, long owner) {}

        @Nullable Node find(String path) {
            return nodes.get(path);
        }

        List<String> children(String path) {
            String prefix = path.equals("/") ? path : path + "/";
            return nodes.tailMap(prefix, false).keySet().stream()
                    .takeWhile(name -> name.startsWith(prefix))
                    .map(name -> name.substring(prefix.length()))
                    .filter(name -> !name.contains("/"))
                    .toList();
        }

        List<String> ephemeralsOf(long session) {
            return nodes.entrySet().stream()
                    .filter(entry -> entry.getValue().owner == session)
                    .map(java.util.Map.Entry::getKey)
                    .toList();
        }

        /** Null if applied; nothing is changed otherwise. */
        @Nullable Reason apply(List<ZnodeWrite> writes, long session) {
            ArrayDeque<Undo> undo = new ArrayDeque<>(writes.size());
            for (ZnodeWrite write : writes) {
                Node before = nodes.get(write.path());
                Reason refused = applyOne(write, session);
                if (refused != null) {
                    undo.descendingIterator().forEachRemaining(this::takeBack);
                    return refused;
                }
                undo.addLast(new Undo(write.path(), before));
            }
            return null;
        }

        private record Undo(String path, @Nullable Node before) {}

        private void takeBack(Undo change) {
            Node before = change.before();
            if (before == null) {
                nodes.remove(change.path());
            } else {
                nodes.put(change.path(), before);
            }
        }

        private @Nullable Reason applyOne(ZnodeWrite write, long session) {
            Node node = nodes.get(write.path());
            if (write instanceof ZnodeWrite.Create create) {
                String path = write.path();
                String parent = path.substring(0, Math.max(1, path.lastIndexOf('/')));
                if (node != null) {
                    return Reason.NODE_EXISTS;
                }
                if (!nodes.containsKey(parent)) {
                    return Reason.NO_NODE;
                }
                nodes.put(path, new Node(create.bytes(), 0, create.ephemeral() ? session : 0));
                return null;
            }
            if (node == null) {
                return Reason.NO_NODE;
            }
            if (write instanceof ZnodeWrite.Check check) {
                return check.version() == node.version ? null : Reason.BAD_VERSION;
            }
            if (write instanceof ZnodeWrite.Put put) {
                if (put.version() != node.version) {
                    return Reason.BAD_VERSION;
                }
                nodes.put(put.path(), new Node(put.bytes(), node.version + 1, node.owner));
                return null;
            }
            ZnodeWrite.Delete delete = (ZnodeWrite.Delete) write;
            if (delete.version() != ZnodeWrite.ANY_VERSION && delete.version() != node.version) {
                return Reason.BAD_VERSION;
            }
            String next = nodes.higherKey(delete.path() + "/");
            if (next != null && next.startsWith(delete.path() + "/")) {
                return Reason.NOT_EMPTY;
            }
            nodes.remove(delete.path());
            return null;
        }
    }
}
