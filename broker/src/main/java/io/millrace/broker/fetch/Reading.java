package io.millrace.broker.fetch;

import io.millrace.broker.partition.Isolation;
import io.millrace.protocol.message.FetchRequest;
import org.jspecify.annotations.Nullable;

/**
 * What is the same for all partitions of one fetch.
 *
 * @param follower the broker that reads; null for a consumer
 * @param byTopicId whether topics are named by id
 * @param fromCopies whether a replica that does not lead may answer (KIP-392)
 * @param rack where a consumer stands; empty if it does not say
 */
record Reading(
        Isolation isolation,
        @Nullable Follower follower,
        boolean byTopicId,
        boolean fromCopies,
        String rack) {
    private static final int FIRST_VERSION_WITH_TOPIC_IDS = 13;
    private static final int FIRST_VERSION_WITH_RACK = 11;

    static Reading of(FetchRequest request, short version) {
        Follower follower = Follower.of(request);
        return new Reading(
                follower == null ? Isolation.of(request.isolationLevel()) : Isolation.LOG_END,
                follower,
                version >= FIRST_VERSION_WITH_TOPIC_IDS,
                follower == null && version >= FIRST_VERSION_WITH_RACK,
                request.rackId());
    }
}
