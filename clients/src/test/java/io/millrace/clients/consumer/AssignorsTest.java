package io.millrace.clients.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.PartitionAssignor.Assignment;
import io.millrace.clients.consumer.PartitionAssignor.Subscription;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AssignorsTest {
    private static final PartitionAssignor.TopicPartitionCounts SEVEN =
            topic -> topic.equals("none") ? OptionalInt.empty() : OptionalInt.of(7);

    @Test
    void rangeGivesRunsAndTheFirstMembersOneMore() {
        Map<String, Assignment> dealt =
                new RangeAssignor()
                        .assign(
                                SEVEN,
                                Map.of(
                                        "b", new Subscription(List.of("t", "none")),
                                        "a", new Subscription(List.of("t")),
                                        "c", new Subscription(List.of("t"))));
        assertThat(numbers(dealt.get("a"))).containsExactly(0, 1, 2);
        assertThat(numbers(dealt.get("b"))).containsExactly(3, 4);
        assertThat(numbers(dealt.get("c"))).containsExactly(5, 6);
    }

    @Test
    void stickyKeepsWhatItCanAndComesOutEven() {
        Map<String, Subscription> members = new TreeMap<>();
        members.put("old", owner(3, 0, 1, 2, 3, 4, 5, 6));
        members.put("new", new Subscription(List.of("t")));
        Map<String, Assignment> dealt = new CooperativeStickyAssignor().assign(SEVEN, members);
        assertThat(dealt.get("old").partitions()).hasSize(4);
        assertThat(dealt.get("new").partitions()).hasSize(3);
        Map<String, Assignment> allowed = new Ownership(members).holdBackMoving(dealt);
        assertThat(allowed.get("new").partitions()).isEmpty();
        assertThat(allowed.get("old").partitions()).hasSize(4);
    }

    @Test
    void ofTwoThatClaimAPartitionTheLaterGenerationIsRight() {
        Map<String, Subscription> members = new TreeMap<>();
        members.put("stale", owner(3, 0, 1));
        members.put("right", owner(4, 0));
        members.put("other", owner(4, 5));
        members.put("third", owner(4, 5));
        Map<TopicPartition, String> owners = new Ownership(members).owners();
        assertThat(owners)
                .containsEntry(new TopicPartition("t", 0), "right")
                .containsEntry(new TopicPartition("t", 1), "stale")
                .doesNotContainKey(new TopicPartition("t", 5));
    }

    @Test
    void stickyGivesEveryPartitionOnceAndEvenlyWhateverMembersDo() {
        SplittableRandom random = new SplittableRandom(42);
        CooperativeStickyAssignor assignor = new CooperativeStickyAssignor();
        Map<String, Assignment> current = new HashMap<>();
        for (int round = 1; round <= 200; round++) {
            Map<String, Subscription> members = new TreeMap<>();
            int count = 1 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                String id = "m" + random.nextInt(9);
                Assignment had = current.getOrDefault(id, new Assignment(List.of()));
                members.put(id, subscription(round - 1, had.partitions(), "t", "u"));
            }
            current = assignor.assign(SEVEN, members);
            Set<TopicPartition> all = new HashSet<>();
            int least = Integer.MAX_VALUE;
            int most = 0;
            for (Assignment assignment : current.values()) {
                all.addAll(assignment.partitions());
                least = Math.min(least, assignment.partitions().size());
                most = Math.max(most, assignment.partitions().size());
            }
            int dealt = current.values().stream().mapToInt(one -> one.partitions().size()).sum();
            assertThat(all).as("round %d", round).hasSize(14);
            assertThat(dealt).isEqualTo(14);
            assertThat(most - least).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void bytesOfTheMembersProtocolAreApaches() {
        byte[] userData = {1, 2, 3};
        Subscription ours =
                new Subscription(
                        List.of("t", "u"),
                        userData,
                        List.of(new TopicPartition("t", 4)),
                        17,
                        Optional.empty(),
                        Optional.of("rack"));
        var theirs =
                org.apache.kafka.clients.consumer.internals.ConsumerProtocol
                        .deserializeSubscription(ByteBuffer.wrap(ConsumerProtocol.write(ours)));
        assertThat(theirs.topics()).containsExactly("t", "u");
        assertThat(theirs.generationId()).hasValue(17);
        assertThat(theirs.rackId()).hasValue("rack");
        assertThat(theirs.ownedPartitions().toString()).isEqualTo("[t-4]");
        byte[] back =
                org.apache.kafka.clients.consumer.internals.ConsumerProtocol.serializeSubscription(
                                theirs)
                        .array();
        Subscription read = ConsumerProtocol.readSubscription(back, Optional.empty());
        assertThat(read.ownedPartitions()).isEqualTo(ours.ownedPartitions());
        assertThat(read.userData()).isEqualTo(userData);
        Assignment assignment = new Assignment(List.of(new TopicPartition("t", 1)), userData);
        var assigned =
                org.apache.kafka.clients.consumer.internals.ConsumerProtocol.deserializeAssignment(
                        ByteBuffer.wrap(ConsumerProtocol.write(assignment)));
        assertThat(assigned.partitions().toString()).isEqualTo("[t-1]");
    }

    private static Subscription owner(int generation, int... partitions) {
        List<TopicPartition> owned =
                java.util.Arrays.stream(partitions)
                        .mapToObj(number -> new TopicPartition("t", number))
                        .toList();
        return subscription(generation, owned, "t");
    }

    private static Subscription subscription(
            int generation, List<TopicPartition> owned, String... topics) {
        return new Subscription(
                List.of(topics), null, owned, generation, Optional.empty(), Optional.empty());
    }

    private static List<Integer> numbers(Assignment assignment) {
        return assignment.partitions().stream().map(TopicPartition::partition).toList();
    }
}
