package io.millrace.zk.log;

import io.millrace.base.loop.EventLoop;
import io.millrace.metadata.record.LogPosition;
import io.millrace.zk.election.HeadNode;
import io.millrace.zk.session.ZnodeException;
import io.millrace.zk.session.ZnodeException.Reason;
import io.millrace.zk.session.Znodes;
import java.util.function.Consumer;

/**
 * Follows the head znode: each read arms the next watch, and a poll every second catches what a
 * watch may miss (watches are one-shot, coalesce, and die with their session).
 */
final class HeadWatch {
    private static final long POLL_MS = 1_000;

    private final Znodes znodes;
    private final String path;
    private final EventLoop loop;
    private final Consumer<LogPosition> listener;
    private boolean armed;

    HeadWatch(Znodes znodes, String path, EventLoop loop, Consumer<LogPosition> listener) {
        this.znodes = znodes;
        this.path = path;
        this.loop = loop;
        this.listener = listener;
    }

    void start() {
        read();
        loop.schedule(POLL_MS, this::poll);
    }

    /** The session and its watches are gone. */
    void rearm() {
        armed = false;
        read();
    }

    private void poll() {
        // An armed watch is not armed again, or they would pile up at the server.
        if (armed) {
            znodes.get(path).whenComplete((node, failure) -> onRead(node, failure));
        } else {
            read();
        }
        loop.schedule(POLL_MS, this::poll);
    }

    private void read() {
        armed = true;
        znodes.getAndWatch(
                        path,
                        () -> {
                            armed = false;
                            read();
                        })
                .whenComplete(
                        (node, failure) -> {
                            if (failure != null) {
                                armed = false;
                            }
                            onRead(node, failure);
                        });
    }

    private void onRead(
            io.millrace.zk.session.@org.jspecify.annotations.Nullable Znode node,
            @org.jspecify.annotations.Nullable Throwable failure) {
        if (node != null) {
            listener.accept(HeadNode.decode(node.bytes()).position());
        } else if (failure != null) {
            Reason reason = ZnodeException.reasonOf(failure);
            if (reason != Reason.CONNECTION_LOSS && reason != Reason.SESSION_EXPIRED) {
                throw new IllegalStateException("cannot follow the metadata log", failure);
            }
            // The next poll tries again.
        }
    }
}
