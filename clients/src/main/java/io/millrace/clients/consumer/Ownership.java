package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.PartitionAssignor.Assignment;
import io.millrace.clients.consumer.PartitionAssignor.Subscription;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who holds which partition, according to what members say when they join. Of two members that both
 * claim a partition the one from the later generation is right; from the same generation neither.
 */
final class Ownership {
    private final Map<TopicPartition, Claim> claims = new HashMap<>();
    private final Set<TopicPartition> disputed = new HashSet<>();

    private record Claim(String member, int generation) {}

    Ownership(Map<String, Subscription> members) {
        members.forEach(
                (member, subscription) -> {
                    for (TopicPartition partition : subscription.ownedPartitions()) {
                        claim(partition, new Claim(member, subscription.generationId()));
                    }
                });
        disputed.forEach(claims::remove);
    }

    private void claim(TopicPartition partition, Claim claim) {
        Claim earlier = claims.get(partition);
        if (earlier == null || earlier.generation < claim.generation) {
            claims.put(partition, claim);
            disputed.remove(partition);
        } else if (earlier.generation == claim.generation) {
            disputed.add(partition);
        }
    }

    Map<TopicPartition, String> owners() {
        Map<TopicPartition, String> owners = new HashMap<>();
        claims.forEach((partition, claim) -> owners.put(partition, claim.member()));
        return owners;
    }

    /**
     * The assignment without partitions that another member still holds: they are dealt out in the
     * next round, after their holder revoked them.
     */
    Map<String, Assignment> holdBackMoving(Map<String, Assignment> assignments) {
        Map<String, Assignment> allowed = new HashMap<>();
        assignments.forEach(
                (member, assignment) ->
                        allowed.put(
                                member,
                                new Assignment(
                                        assignment.partitions().stream()
                                                .filter(partition -> isFree(partition, member))
                                                .toList(),
                                        assignment.userData())));
        return allowed;
    }

    private boolean isFree(TopicPartition partition, String member) {
        Claim claim = claims.get(partition);
        return claim == null || claim.member.equals(member);
    }
}
