package io.millrace.broker;

import io.millrace.broker.network.OutgoingResponse;
import io.millrace.broker.network.RequestSink;
import io.millrace.broker.network.RequestSource;
import io.millrace.broker.network.ResponseSequencer;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.message.ApiKey;
import io.netty.buffer.ByteBuf;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds requests back that arrive while the broker starts: sockets are bound before the broker has
 * registered, since it registers with their ports. What waits is bounded by the connections' own
 * limits.
 */
final class LateRequests implements RequestSink {
    /** What a cluster needs in order to start: its first brokers may wait for each other. */
    private static final Set<ApiKey> EARLY =
            Set.of(
                    ApiKey.API_VERSIONS,
                    ApiKey.BROKER_REGISTRATION,
                    ApiKey.BROKER_HEARTBEAT,
                    ApiKey.ALTER_PARTITION,
                    ApiKey.ASSIGN_REPLICAS_TO_DIRS,
                    ApiKey.ALLOCATE_PRODUCER_IDS,
                    ApiKey.ENVELOPE);

    private final Supplier<MetadataImage> metadata;
    private final CompletableFuture<RequestSink> ready = new CompletableFuture<>();
    private volatile @Nullable RequestSink sink;
    private volatile boolean serving;

    /**
     * Nobody is served yet.
     *
     * @param metadata what this broker knows of the cluster
     */
    LateRequests(Supplier<MetadataImage> metadata) {
        this.metadata = metadata;
    }

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
        if (target != null && (serving || isEarly(frame))) {
            target.onRequest(connection, frame, slot);
            return;
        }
        ready.thenAccept(opened -> connection.post(() -> connection.handOn(opened, frame, slot)));
    }

    /** Who asks for versions must not be told of a cluster without features. */
    private boolean isEarly(ByteBuf frame) {
        return frame.readableBytes() >= Short.BYTES
                && ApiKey.forId(frame.getShort(frame.readerIndex()))
                        .filter(EARLY::contains)
                        .isPresent()
                && !metadata.get().features().isEmpty();
    }
}
