package io.millrace.broker.shard;

import io.millrace.protocol.error.ErrorCode;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one partition of an internal topic, as {@link ShardRuntime} runs it.
 * Requests change the state and leave records, replies and timers in {@link Effects}; loading
 * applies the records of the log one by one. Owned by the partition's loop; does no I/O.
 */
public interface ShardState {

    /**
     * Takes over one record of the log while the shard loads.
     *
     * @param value null for a tombstone
     * @throws IllegalArgumentException if the record cannot be read; the shard goes on without it
     * @throws java.nio.BufferUnderflowException likewise
     */
    void apply(byte[] key, byte @Nullable [] value);

    /**
     * Takes over one record that is part of a transaction, whose end comes later.
     *
     * @throws IllegalArgumentException if the record cannot be read, or this shard has none such
     */
    default void applyInTransaction(long producerId, byte[] key, byte @Nullable [] value) {
        throw new IllegalArgumentException("a record in a transaction of producer " + producerId);
    }

    /** The producer's transaction ends here in the log. */
    default void applyTransactionEnd(long producerId, boolean commit) {}

    /** Every record was applied: timers start. */
    void loaded(Effects effects);

    /** The shard moves elsewhere: requests still waiting are sent to look for it. */
    void unload(Consumer<Effects.Reply<?>> replies);

    /** What clients are told when the log does not take a record because of its size. */
    default ErrorCode recordTooLarge() {
        return ErrorCode.UNKNOWN_SERVER_ERROR;
    }

    /** How many entries (groups, transactional ids) it holds. */
    int size();
}
