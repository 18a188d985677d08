package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A group of KIP-848.
 *
 * @param coordinator broker id
 * @param epoch grows with everything that calls for another assignment
 * @param assignmentEpoch epoch that the present target assignment is for
 */
public record ConsumerGroupDescription(
        String groupId,
        int coordinator,
        String state,
        int epoch,
        int assignmentEpoch,
        String assignor,
        List<Member> members) {
    public ConsumerGroupDescription {
        members = List.copyOf(members);
    }

    /**
     * A member.
     *
     * @param regex that the coordinator matches topics with
     * @param assignment what it owns
     * @param target what it should own
     */
    public record Member(
            String memberId,
            Optional<String> groupInstanceId,
            Optional<String> rack,
            int epoch,
            String clientId,
            String clientHost,
            Set<String> topics,
            Optional<String> regex,
            Set<TopicPartition> assignment,
            Set<TopicPartition> target) {
        public Member {
            topics = Set.copyOf(topics);
            assignment = Set.copyOf(assignment);
            target = Set.copyOf(target);
        }
    }
}
