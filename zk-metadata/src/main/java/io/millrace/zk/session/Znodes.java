package io.millrace.zk.session;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The few things we ask of a ZooKeeper ensemble, without its types: versioned znodes, commits of
 * several writes at once, watches, one session. {@link ZooKeeperZnodes} asks a real ensemble,
 * {@link SimulatedEnsemble} plays one for tests.
 *
 * <p>Belongs to one loop: methods are called on it, futures complete and watches fire on it.
 * Requests of one session take effect in the order of the calls. Futures fail with {@link
 * ZnodeException} only. A watch fires at most once, and not at all if the session ends first.
 */
public interface Znodes extends AutoCloseable {

    CompletableFuture<Znode> get(String path);

    /** Reads, and calls back once when the node has changed or gone after that. */
    CompletableFuture<Znode> getAndWatch(String path, Runnable onChange);

    /** Names of the children; calls back once when the set has changed. */
    CompletableFuture<List<String>> childrenAndWatch(String path, Runnable onChange);

    CompletableFuture<List<String>> children(String path);

    /** All of it or nothing. */
    CompletableFuture<Void> commit(List<ZnodeWrite> writes);

    /** Later reads of this session see everything committed before this completes. */
    CompletableFuture<Void> sync();

    /** Adds a listener for the rest of this object's life. */
    void listen(SessionListener listener);

    /** Ends the session at once, so that others see its ephemeral nodes go. */
    @Override
    void close();
}
