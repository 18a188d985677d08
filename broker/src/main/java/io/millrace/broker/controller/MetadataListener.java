package io.millrace.broker.controller;

import io.millrace.metadata.image.MetadataImage;

/** Told on the metadata loop after an image was published. */
@FunctionalInterface
public interface MetadataListener {
    void published(MetadataImage before, MetadataImage after);
}
