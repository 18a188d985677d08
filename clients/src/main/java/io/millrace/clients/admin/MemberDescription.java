package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import java.util.Optional;
import java.util.Set;

/** A member of a group and what it reads. */
public record MemberDescription(
        String memberId,
        Optional<String> groupInstanceId,
        String clientId,
        String clientHost,
        Set<TopicPartition> assignment) {
    public MemberDescription {
        assignment = Set.copyOf(assignment);
    }
}
