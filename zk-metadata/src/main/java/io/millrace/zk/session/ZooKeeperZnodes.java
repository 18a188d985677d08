package io.millrace.zk.session;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.LoopClosedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Znodes of a real ensemble. ZooKeeper's own threads only hand replies and events over to the loop.
 * When a session expires the next one is made at once, on the loop; requests sent meanwhile fail
 * with {@code SESSION_EXPIRED} or reach the new session.
 */
public final class ZooKeeperZnodes implements Znodes {
    private static final Logger LOGGER = LoggerFactory.getLogger(ZooKeeperZnodes.class);
    private static final String DIGEST_USER = "millrace:";
    private static final String SYNC_PATH = "/";

    private final EventLoop loop;
    private final ZooKeeperConfig config;
    private final List<ACL> acl;
    private final List<SessionListener> listeners = new ArrayList<>();
    private ZooKeeper client;
    private boolean closed;

    /** Begins to connect; requests may be made at once and wait for the connection. */
    public ZooKeeperZnodes(EventLoop loop, ZooKeeperConfig config) throws IOException {
        this.loop = loop;
        this.config = config;
        this.acl = config.hasIdentity() ? ZooDefs.Ids.CREATOR_ALL_ACL : ZooDefs.Ids.OPEN_ACL_UNSAFE;
        this.client = connect();
    }

    private ZooKeeper connect() throws IOException {
        boolean plain = !config.sasl() && !Boolean.getBoolean(ZKClientConfig.SECURE_CLIENT);
        ZKClientConfig settings = plain ? new PlainSettings() : new ZKClientConfig();
        if (!config.sasl()) {
            // Without this the client looks for a login configuration and resolves the server's
            // name backwards, which costs hundreds of milliseconds where DNS is slow.
            settings.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, "false");
        }
        SessionWatcher watcher = new SessionWatcher();
        ZooKeeper made =
                new ZooKeeper(
                        config.connect(), config.sessionTimeoutMs(), watcher, false, settings);
        config.digestSecret()
                .ifPresent(
                        secret ->
                                made.addAuthInfo(
                                        "digest",
                                        (DIGEST_USER + secret.reveal())
                                                .getBytes(StandardCharsets.UTF_8)));
        return made;
    }

    @Override
    public CompletableFuture<Znode> get(String path) {
        return read(path, null);
    }

    @Override
    public CompletableFuture<Znode> getAndWatch(String path, Runnable onChange) {
        return read(path, nodeWatcher(onChange));
    }

    private CompletableFuture<Znode> read(
            String path, @org.jspecify.annotations.Nullable Watcher watcher) {
        loop.assertInLoop();
        CompletableFuture<Znode> reply = new CompletableFuture<>();
        long session = client.getSessionId();
        client.getData(
                path,
                watcher,
                (rc, p, context, bytes, stat) ->
                        onLoop(
                                () -> {
                                    if (rc == 0) {
                                        reply.complete(znode(bytes, stat, session));
                                    } else {
                                        fail(reply, rc, "read " + path);
                                    }
                                }),
                null);
        return reply;
    }

    private Znode znode(byte[] bytes, Stat stat, long sessionAtCall) {
        // The id is 0 until the first connection; a node found by that request is not ours then,
        // unless the session of now made it.
        long session = sessionAtCall == 0 ? client.getSessionId() : sessionAtCall;
        long owner = stat.getEphemeralOwner();
        return new Znode(
                bytes == null ? new byte[0] : bytes,
                stat.getVersion(),
                owner != 0 && owner == session);
    }

    @Override
    public CompletableFuture<List<String>> children(String path) {
        return readChildren(path, null);
    }

    @Override
    public CompletableFuture<List<String>> childrenAndWatch(String path, Runnable onChange) {
        return readChildren(path, nodeWatcher(onChange));
    }

    private CompletableFuture<List<String>> readChildren(
            String path, @org.jspecify.annotations.Nullable Watcher watcher) {
        loop.assertInLoop();
        CompletableFuture<List<String>> reply = new CompletableFuture<>();
        client.getChildren(
                path,
                watcher,
                (int rc, String p, Object context, List<String> names) ->
                        onLoop(
                                () -> {
                                    if (rc == 0) {
                                        reply.complete(List.copyOf(names));
                                    } else {
                                        fail(reply, rc, "list " + path);
                                    }
                                }),
                null);
        return reply;
    }

    @Override
    public CompletableFuture<Void> commit(List<ZnodeWrite> writes) {
        loop.assertInLoop();
        CompletableFuture<Void> reply = new CompletableFuture<>();
        List<Op> ops = new ArrayList<>(writes.size());
        for (ZnodeWrite write : writes) {
            ops.add(op(write));
        }
        client.multi(
                ops,
                (rc, path, context, results) ->
                        onLoop(
                                () -> {
                                    if (rc == 0) {
                                        reply.complete(null);
                                    } else {
                                        fail(reply, rc, "write " + pathsOf(writes));
                                    }
                                }),
                null);
        return reply;
    }

    private Op op(ZnodeWrite write) {
        if (write instanceof ZnodeWrite.Check check) {
            return Op.check(check.path(), check.version());
        }
        if (write instanceof ZnodeWrite.Create create) {
            CreateMode mode = create.ephemeral() ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT;
            return Op.create(create.path(), create.bytes(), acl, mode);
        }
        if (write instanceof ZnodeWrite.Put put) {
            return Op.setData(put.path(), put.bytes(), put.version());
        }
        ZnodeWrite.Delete delete = (ZnodeWrite.Delete) write;
        return Op.delete(delete.path(), delete.version());
    }

    private static List<String> pathsOf(List<ZnodeWrite> writes) {
        return writes.stream().map(ZnodeWrite::path).toList();
    }

    @Override
    public CompletableFuture<Void> sync() {
        loop.assertInLoop();
        CompletableFuture<Void> reply = new CompletableFuture<>();
        client.sync(
                SYNC_PATH,
                (rc, path, context) ->
                        onLoop(
                                () -> {
                                    if (rc == 0) {
                                        reply.complete(null);
                                    } else {
                                        fail(reply, rc, "sync");
                                    }
                                }),
                null);
        return reply;
    }

    @Override
    public void listen(SessionListener listener) {
        loop.assertInLoop();
        listeners.add(listener);
    }

    @Override
    public void close() {
        loop.assertInLoop();
        closed = true;
        closeClient(client);
    }

    private void closeClient(ZooKeeper old) {
        try {
            old.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void renew(ZooKeeper expired) {
        if (closed || client != expired) {
            return;
        }
        LOGGER.atWarn()
                .addKeyValue("session", Long.toHexString(expired.getSessionId()))
                .log("ZooKeeper session expired; opening a new one");
        closeClient(expired);
        try {
            client = connect();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(
                    "cannot open a ZooKeeper session to " + config.connect(), e);
        }
        listeners.forEach(SessionListener::expired);
    }

    private static void fail(CompletableFuture<?> reply, int rc, String what) {
        ZnodeException.Reason reason =
                switch (Code.get(rc)) {
                    case CONNECTIONLOSS, OPERATIONTIMEOUT, REQUESTTIMEOUT, SESSIONMOVED ->
                            ZnodeException.Reason.CONNECTION_LOSS;
                    case SESSIONEXPIRED -> ZnodeException.Reason.SESSION_EXPIRED;
                    case NONODE -> ZnodeException.Reason.NO_NODE;
                    case NODEEXISTS -> ZnodeException.Reason.NODE_EXISTS;
                    case BADVERSION -> ZnodeException.Reason.BAD_VERSION;
                    case NOTEMPTY -> ZnodeException.Reason.NOT_EMPTY;
                    case NOAUTH, AUTHFAILED, INVALIDACL -> ZnodeException.Reason.NOT_ALLOWED;
                    default -> ZnodeException.Reason.OTHER;
                };
        reply.completeExceptionally(
                new ZnodeException(reason, "ZooKeeper: " + what + " (" + Code.get(rc) + ")"));
    }

    private Watcher nodeWatcher(Runnable onChange) {
        return event -> {
            if (event.getType() != Watcher.Event.EventType.None) {
                onLoop(onChange);
            }
        };
    }

    private void onLoop(Runnable event) {
        try {
            loop.post(event);
        } catch (LoopClosedException e) {
            LOGGER.atDebug().setCause(e).log("ZooKeeper event after the loop closed");
        }
    }

    /** Watches one client's session. */
    private final class SessionWatcher implements Watcher {
        @Override
        public void process(WatchedEvent event) {
            if (event.getType() != Event.EventType.None) {
                return;
            }
            switch (event.getState()) {
                case SyncConnected -> onLoop(() -> listeners.forEach(SessionListener::connected));
                case Disconnected -> onLoop(() -> listeners.forEach(SessionListener::disconnected));
                case Expired -> onLoop(() -> renew(client));
                case AuthFailed ->
                        LOGGER.atError()
                                .addKeyValue("connect", config.connect())
                                .log("ZooKeeper refuses our credentials");
                default ->
                        LOGGER.atDebug()
                                .addKeyValue("state", event.getState())
                                .log("ZooKeeper session event");
            }
        }
    }

    /**
     * Settings of a connection without TLS and login. ZooKeeper's own read the TLS properties in
     * any case, which brings up the JVM's security providers: the longest step of joining.
     */
    private static final class PlainSettings extends ZKClientConfig {
        @Override
        protected void handleBackwardCompatibility() {
            String maxReplyBytes = System.getProperty(JUTE_MAXBUFFER);
            if (maxReplyBytes != null) {
                setProperty(JUTE_MAXBUFFER, maxReplyBytes);
            }
        }
    }
}
