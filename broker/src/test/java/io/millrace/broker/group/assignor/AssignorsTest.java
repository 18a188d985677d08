package io.millrace.broker.group.assignor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.RandomSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Both assignors: whole and balanced; uniform sticky, range by names and alike across topics. */
final class AssignorsTest {
    private static final UUID A = new UUID(1, 1);
    private static final UUID B = new UUID(1, 2);
    private static final UUID C = new UUID(1, 3);

    private final Map<UUID, Integer> counts = new HashMap<>();
    private final TreeMap<String, Set<UUID>> subscriptions = new TreeMap<>();
    private Map<String, PartitionSet> last = Map.of();

    private Map<String, PartitionSet> assign(Assignor assignor) {
        TreeMap<String, GroupSpec.MemberSpec> members = new TreeMap<>();
        subscriptions.forEach(
                (id, topics) ->
                        members.put(
                                id,
                                new GroupSpec.MemberSpec(
                                        null, topics, last.getOrDefault(id, PartitionSet.EMPTY))));
        last = assignor.assign(new GroupSpec(counts, members));
        checkWhole();
        return last;
    }

    /** Every partition that somebody wants has one owner, who wants it. */
    private void checkWhole() {
        Map<UUID, Set<Integer>> given = new HashMap<>();
        last.forEach(
                (id, set) ->
                        set.forEach(
                                (topic, partition) -> {
                                    assertThat(subscriptions.get(id)).contains(topic);
                                    assertThat(partition).isLessThan(counts.get(topic));
                                    assertThat(
                                                    given.computeIfAbsent(
                                                                    topic, t -> new HashSet<>())
                                                            .add(partition))
                                            .as("%s-%s has one owner", topic, partition)
                                            .isTrue();
                                }));
        Set<UUID> wanted = new HashSet<>();
        subscriptions.values().forEach(wanted::addAll);
        for (UUID topic : wanted) {
            if (counts.containsKey(topic)) {
                assertThat(given.getOrDefault(topic, Set.of())).hasSize(counts.get(topic));
            }
        }
    }

    private int moved(Map<String, PartitionSet> before) {
        int moved = 0;
        for (Map.Entry<String, PartitionSet> entry : last.entrySet()) {
            moved +=
                    entry.getValue()
                            .minus(before.getOrDefault(entry.getKey(), PartitionSet.EMPTY))
                            .size();
        }
        return moved;
    }

    @Test
    void uniformSpreadsEvenlyAndMovesNoMoreThanItMust() {
        counts.putAll(Map.of(A, 10, B, 7));
        for (String id : List.of("a", "b", "c", "d")) {
            subscriptions.put(id, Set.of(A, B));
            Map<String, PartitionSet> before = last;
            assign(new UniformAssignor());
            int n = subscriptions.size();
            assertThat(last.values())
                    .allSatisfy(set -> assertThat(set.size()).isBetween(17 / n, 17 / n + 1));
            assertThat(moved(before)).isLessThanOrEqualTo(before.isEmpty() ? 17 : 17 / n + 1);
        }
        subscriptions.remove("b");
        Map<String, PartitionSet> before = last;
        assign(new UniformAssignor());
        assertThat(moved(before)).isEqualTo(before.get("b").size());
    }

    @Test
    void uniformBalancesDifferentSubscriptionsAsFarAsTheyAllow() {
        counts.putAll(Map.of(A, 6, B, 6, C, 2));
        subscriptions.put("a", Set.of(A));
        subscriptions.put("b", Set.of(A, B));
        subscriptions.put("c", Set.of(B, C));
        assign(new UniformAssignor());
        assertThat(last.values()).allSatisfy(set -> assertThat(set.size()).isBetween(4, 5));
    }

    @Test
    void uniformMovesThroughSeveralMembersWhenNoDirectWayIsThere() {
        counts.putAll(Map.of(A, 4, B, 4));
        subscriptions.put("a", Set.of(A));
        subscriptions.put("b", Set.of(A, B));
        subscriptions.put("c", Set.of(B));
        last =
                Map.of(
                        "a", PartitionSet.of(A, 0, 1, 2, 3),
                        "b", PartitionSet.of(B, 0, 1),
                        "c", PartitionSet.of(B, 2, 3));
        assign(new UniformAssignor());
        assertThat(last.values()).allSatisfy(set -> assertThat(set.size()).isBetween(2, 3));
    }

    @Test
    void rangeGivesTheSamePartitionsOfTopicsThatAreAlike() {
        counts.putAll(Map.of(A, 7, B, 7, C, 3));
        for (String id : List.of("a", "b", "c")) {
            subscriptions.put(id, Set.of(A, B, C));
        }
        assign(new RangeAssignor());
        assertThat(last.get("a")).isEqualTo(range(0, 3, 0, 1));
        assertThat(last.get("b")).isEqualTo(range(3, 5, 1, 2));
        assertThat(last.get("c")).isEqualTo(range(5, 7, 2, 3));
        // A newcomer takes the place that its name gives it, as in Kafka.
        subscriptions.put("0", Set.of(A, B, C));
        assign(new RangeAssignor());
        assertThat(last.get("0").partitions(A)).containsExactly(0, 1);
        assertThat(last.get("c").partitions(A)).containsExactly(6);
        for (PartitionSet set : last.values()) {
            assertThat(set.partitions(A)).isEqualTo(set.partitions(B));
        }
    }

    @Test
    void rangeBeginsWithStaticMembersInTheOrderOfTheirInstanceIds() {
        TreeMap<String, GroupSpec.MemberSpec> members = new TreeMap<>();
        members.put("a", new GroupSpec.MemberSpec(null, Set.of(A), PartitionSet.EMPTY));
        members.put("y", new GroupSpec.MemberSpec("two", Set.of(A), PartitionSet.EMPTY));
        members.put("z", new GroupSpec.MemberSpec("one", Set.of(A), PartitionSet.EMPTY));
        Map<String, PartitionSet> given =
                new RangeAssignor().assign(new GroupSpec(Map.of(A, 3), members));
        assertThat(given.get("z").partitions(A)).containsExactly(0);
        assertThat(given.get("y").partitions(A)).containsExactly(1);
        assertThat(given.get("a").partitions(A)).containsExactly(2);
    }

    private static PartitionSet range(int from, int to, int fromC, int toC) {
        PartitionSet.Builder set = new PartitionSet.Builder();
        for (int p = from; p < to; p++) {
            set.add(A, p).add(B, p);
        }
        for (int p = fromC; p < toC; p++) {
            set.add(C, p);
        }
        return set.build();
    }

    @Test
    void topicsThatDoNotExistAreLeftOut() {
        counts.put(A, 3);
        subscriptions.put("a", Set.of(A, B));
        for (Assignor assignor : List.of(new UniformAssignor(), new RangeAssignor())) {
            assertThat(assign(assignor).get("a").size()).isEqualTo(3);
        }
    }

    @Test
    void anySequenceOfChangesLeavesAWholeAssignment() {
        RandomSource random = RandomSource.seeded(7);
        List<UUID> topics = List.of(A, B, C, new UUID(1, 4), new UUID(1, 5));
        for (Assignor assignor : List.of(new UniformAssignor(), new RangeAssignor())) {
            subscriptions.clear();
            counts.clear();
            last = Map.of();
            for (int step = 0; step < 300; step++) {
                String id = "m" + random.nextInt(12);
                Set<UUID> wanted = new HashSet<>();
                topics.forEach(
                        topic -> {
                            if (random.nextInt(2) == 0) {
                                wanted.add(topic);
                            }
                        });
                if (random.nextInt(4) == 0) {
                    subscriptions.remove(id);
                } else {
                    subscriptions.put(id, wanted);
                }
                UUID topic = topics.get(random.nextInt(topics.size()));
                if (random.nextInt(5) == 0) {
                    counts.remove(topic);
                } else {
                    counts.merge(topic, random.nextInt(6) + 1, Math::max);
                }
                assign(assignor);
                Map<String, PartitionSet> once = last;
                assertThat(assign(assignor)).as("nothing has changed").isEqualTo(once);
            }
        }
    }

    @Test
    void aThousandMembersAndManyPartitionsTakeBoundedWork() {
        counts.putAll(Map.of(A, 10_000, B, 5_000));
        for (int i = 0; i < 1_000; i++) {
            subscriptions.put("m" + i, i % 2 == 0 ? Set.of(A) : Set.of(A, B));
        }
        assign(new UniformAssignor());
        assertThat(last.values()).allSatisfy(set -> assertThat(set.size()).isBetween(14, 16));
    }
}
