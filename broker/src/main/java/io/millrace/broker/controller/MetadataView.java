package io.millrace.broker.controller;

import io.millrace.metadata.image.MetadataImage;
import java.util.concurrent.CompletableFuture;

/**
 * What this broker knows of the cluster. Any thread may ask. An image is shown only after the local
 * partitions it gives to this broker are ready to serve.
 */
public interface MetadataView {

    /** The newest published image; {@link MetadataImage#EMPTY} until the first one. */
    MetadataImage image();

    /**
     * Completes with an image that contains the offset: at once if it is published already. A
     * request that was answered with an offset is visible in it. Completes on the publisher's loop;
     * fails when the publisher stops.
     */
    CompletableFuture<MetadataImage> awaitOffset(long offset);
}
