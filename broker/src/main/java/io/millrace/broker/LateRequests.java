package io.millrace.broker;

import io.millrace.broker.network.OutgoingResponse;
import io.millrace.broker.network.RequestSink;
import io.millrace.broker.network.RequestSource;
import io.millrace.broker.network.ResponseSequencer;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Holds requests back that arrive while the broker starts: sockets are bound before the broker has
 * registered, since it registers with their ports. What waits is bounded by the connections' own
 * limits.
 */
final class LateRequests implements RequestSink {
    private final CompletableFuture<RequestSink> ready = new CompletableFuture<>();
    private volatile @Nullable RequestSink sink;
    private volatile boolean serving;

    /** Where requests will go. */
    void open(RequestSink target) {
        sink = target;
    }

    /** Requests go through from now on, those that waited first. */
    void serve() {
        RequestSink target = sink;
        if (target == null) {
            throw new IllegalStateException("nobody to serve requests");
        }
        serving = true;
        ready.complete(target);
    }

    @Override
    public void onRequest(
            RequestSource connection,
            ByteBuf frame,
            ResponseSequencer<OutgoingResponse>.Slot slot) {
        RequestSink target = sink;
        if (serving && target != null) {
            target.onRequest(connection, frame, slot);
            return;
        }
        ready.thenAccept(opened -> connection.post(() -> connection.handOn(opened, frame, slot)));
    }
}
