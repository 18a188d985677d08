package io.millrace.broker.group;

import org.jspecify.annotations.Nullable;

/** One record of {@code __consumer_offsets}; a null value is a tombstone. The arrays are shared. */
@SuppressWarnings("ArrayRecordComponent")
public record CoordinatorRecord(byte[] key, byte @Nullable [] value) {

    /** Bytes it takes in a batch, roughly. */
    int estimatedBytes() {
        return key.length + (value == null ? 0 : value.length) + 32;
    }
}
