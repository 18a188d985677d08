package io.millrace.simulation.world.client;

import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fetch requests for one partition, without a session, and their answers. */
final class Fetches {
    private static final int MAX_WAIT_MS = 2_000;
    private static final int MAX_BYTES = 1 << 18;

    private Fetches() {}

    static FetchRequest of(
            Wire wire,
            String topic,
            int partition,
            Wire.Leader leader,
            long from,
            boolean committedOnly) {
        FetchRequest.FetchPartition wanted =
                new FetchRequest.FetchPartition()
                        .partition(partition)
                        .currentLeaderEpoch(leader.epoch())
                        .fetchOffset(from)
                        .partitionMaxBytes(MAX_BYTES);
        return new FetchRequest()
                .maxWaitMs(MAX_WAIT_MS)
                .minBytes(1)
                .maxBytes(MAX_BYTES)
                .isolationLevel((byte) (committedOnly ? 1 : 0))
                .sessionId(0)
                .sessionEpoch(-1)
                .topics(
                        List.of(
                                new FetchRequest.FetchTopic()
                                        .topic(topic)
                                        .topicId(wire.topicId(topic))
                                        .partitions(List.of(wanted))));
    }

    /** The one partition's part of an answer, or null if there is none. */
    static FetchResponse.@Nullable PartitionData partition(@Nullable FetchResponse answer) {
        return answer == null || answer.errorCode() != 0 || answer.responses().isEmpty()
                ? null
                : answer.responses().get(0).partitions().get(0);
    }
}
