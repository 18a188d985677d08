package io.millrace.broker.controller;

import io.millrace.base.loop.EventLoop;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Hands out producer ids from blocks that the controller gives this broker. An id is never given
 * twice; ids of a block that is lost in a crash are never given at all. Owned by the metadata loop;
 * {@link #next} posts to it.
 */
public final class ProducerIds {
    /** Producers that may wait for a block; more are told to ask again. */
    private static final int MAX_WAITING = 10_000;

    private final EventLoop loop;
    private final int brokerId;
    private final ControllerApi controller;
    private final MetadataView metadata;
    private final ArrayDeque<CompletableFuture<Long>> waiting = new ArrayDeque<>();
    private @Nullable ProducerIdRange block;
    private long next;
    private boolean asking;

    /** {@code controller}: whoever leads the cluster, as this broker reaches it. */
    public ProducerIds(
            EventLoop loop, int brokerId, ControllerApi controller, MetadataView metadata) {
        this.loop = loop;
        this.brokerId = brokerId;
        this.controller = controller;
        this.metadata = metadata;
    }

    /** An id that nobody has had. Fails with an {@link ApiException} that may be tried again. */
    public CompletableFuture<Long> next() {
        CompletableFuture<Long> id = new CompletableFuture<>();
        loop.execute(
                () -> {
                    if (waiting.size() >= MAX_WAITING) {
                        id.completeExceptionally(
                                new ApiException(ErrorCode.COORDINATOR_NOT_AVAILABLE));
                    } else {
                        waiting.add(id);
                        serve();
                    }
                });
        return id;
    }

    private void serve() {
        ProducerIdRange current = block;
        while (current != null && next < current.end() && !waiting.isEmpty()) {
            waiting.remove().complete(next++);
        }
        if (!waiting.isEmpty() && !asking) {
            ask();
        }
    }

    private void ask() {
        BrokerImage self = metadata.image().broker(brokerId);
        if (self == null) {
            refuse(new ApiException(ErrorCode.COORDINATOR_NOT_AVAILABLE));
            return;
        }
        asking = true;
        controller
                .allocateProducerIds(brokerId, self.epoch())
                .whenCompleteAsync(
                        (range, failure) -> {
                            asking = false;
                            if (failure != null) {
                                refuse(new ApiException(ErrorCode.COORDINATOR_NOT_AVAILABLE));
                            } else {
                                block = range;
                                next = range.first();
                                serve();
                            }
                        },
                        loop::execute);
    }

    private void refuse(ApiException why) {
        while (!waiting.isEmpty()) {
            waiting.remove().completeExceptionally(why);
        }
    }
}
