package io.millrace.broker.shard;

import org.jspecify.annotations.Nullable;

/**
 * One record of a coordinator's internal topic; a null value is a tombstone. The arrays are shared.
 */
@SuppressWarnings("ArrayRecordComponent")
public record CoordinatorRecord(byte[] key, byte @Nullable [] value) {

    /** Bytes it takes in a batch, roughly. */
    public int estimatedBytes() {
        return key.length + (value == null ? 0 : value.length) + 32;
    }
}
