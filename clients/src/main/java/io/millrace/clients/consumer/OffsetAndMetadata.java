package io.millrace.clients.consumer;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * A position to commit or one that was committed.
 *
 * @param offset of the next record to process
 * @param leaderEpoch epoch of the last record processed, if known: lets the next reader notice that
 *     the log was truncated
 * @param metadata free text kept beside the offset; empty if there is none
 */
public record OffsetAndMetadata(long offset, OptionalInt leaderEpoch, String metadata) {
    public OffsetAndMetadata {
        Objects.requireNonNull(leaderEpoch, "leaderEpoch");
        Objects.requireNonNull(metadata, "metadata");
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + " is negative");
        }
    }

    public OffsetAndMetadata(long offset) {
        this(offset, OptionalInt.empty(), "");
    }

    public OffsetAndMetadata(long offset, String metadata) {
        this(offset, OptionalInt.empty(), metadata);
    }
}
