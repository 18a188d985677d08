package io.millrace.clients.consumer;

import java.util.Optional;

/**
 * A member's standing in its group.
 *
 * @param memberId empty text before the first join
 * @param generationId -1 outside of a generation, as on the wire
 */
public record GroupMetadata(
        String groupId, int generationId, String memberId, Optional<String> groupInstanceId) {}
