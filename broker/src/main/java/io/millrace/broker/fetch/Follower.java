package io.millrace.broker.fetch;

import io.millrace.protocol.message.FetchRequest;
import org.jspecify.annotations.Nullable;

/**
 * A broker that fetches in order to copy.
 *
 * @param brokerEpoch of its registration; -1 if it does not say
 */
record Follower(int brokerId, long brokerEpoch) {
    private static final long UNKNOWN_EPOCH = -1;

    /** Who fetches; null for a consumer. */
    static @Nullable Follower of(FetchRequest request) {
        int named = request.replicaState().replicaId();
        if (named >= 0) {
            return new Follower(named, request.replicaState().replicaEpoch());
        }
        // Before version 15 the request says so at its top.
        return request.replicaId() >= 0 ? new Follower(request.replicaId(), UNKNOWN_EPOCH) : null;
    }
}
