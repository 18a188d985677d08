package io.millrace.broker.share;

import io.millrace.protocol.error.ErrorCode;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Where the states of share-partitions are kept, on whichever broker. From any thread. Futures fail
 * with a retriable {@link io.millrace.protocol.error.ApiException} while a state cannot be reached.
 */
public interface ShareStates {

    /** What is recorded; empty if nothing ever was. */
    CompletableFuture<Optional<ShareState>> read(ShareKey key);

    /**
     * Records a change.
     *
     * @return FENCED_STATE_EPOCH if somebody set the state anew meanwhile, FENCED_LEADER_EPOCH if
     *     there is a newer leader, NONE when the change is committed
     */
    CompletableFuture<ErrorCode> write(ShareKey key, ShareState changed);

    /** Sets the start offset of a share-partition from outside. */
    CompletableFuture<ErrorCode> reset(ShareKey key, long startOffset);

    /** Forgets a share-partition; true if it was known. */
    CompletableFuture<Boolean> delete(ShareKey key);

    /** Everything recorded of a group. */
    CompletableFuture<Map<ShareKey, ShareState>> ofGroup(String groupId);
}
