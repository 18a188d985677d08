package io.millrace.broker.group.share;

import io.millrace.broker.group.assignor.PartitionSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Divides partitions among the members of a share group: several members may have the same one.
 * Within each topic every partition has a member and every member has a partition, as evenly as
 * possible; what a member has stays with it as long as that holds.
 */
public final class ShareAssignor {
    /** What lists and descriptions call it. */
    public static final String NAME = "simple";

    private ShareAssignor() {}

    /**
     * Divides one topic after the other.
     *
     * @param partitions how many each topic has
     * @param readers members of each topic, in order
     * @param before what members have now
     */
    public static Map<String, PartitionSet> assign(
            Map<UUID, Integer> partitions,
            Map<UUID, List<String>> readers,
            Map<String, PartitionSet> before) {
        Map<String, PartitionSet.Builder> targets = new HashMap<>();
        partitions.forEach(
                (topic, count) -> {
                    List<String> members = readers.getOrDefault(topic, List.of());
                    if (!members.isEmpty() && count > 0) {
                        new OneTopic(topic, count, members, before).into(targets);
                    }
                });
        Map<String, PartitionSet> all = new HashMap<>();
        targets.forEach((member, target) -> all.put(member, target.build()));
        return all;
    }

    /** The partitions of one topic on their way to its members. */
    private static final class OneTopic {
        private final UUID topic;
        private final Map<String, PartitionSet.Builder> given = new TreeMap<>();
        private final int[] readersOf;

        OneTopic(UUID topic, int count, List<String> members, Map<String, PartitionSet> before) {
            this.topic = topic;
            this.readersOf = new int[count];
            members.forEach(member -> given.put(member, new PartitionSet.Builder()));
            keep(before, Math.max(count, members.size()));
            for (int partition = 0; partition < count; partition++) {
                if (readersOf[partition] == 0) {
                    give(leastLoaded(), partition);
                }
            }
            for (String member : members) {
                if (sizeOf(member) == 0) {
                    give(member, leastRead());
                }
            }
        }

        private void keep(Map<String, PartitionSet> before, int pairs) {
            int perMember = (pairs + given.size() - 1) / given.size();
            int perPartition = (pairs + readersOf.length - 1) / readersOf.length;
            for (String member : given.keySet()) {
                for (int partition :
                        before.getOrDefault(member, PartitionSet.EMPTY).partitions(topic)) {
                    if (partition < readersOf.length
                            && readersOf[partition] < perPartition
                            && sizeOf(member) < perMember) {
                        give(member, partition);
                    }
                }
            }
        }

        private void give(String member, int partition) {
            of(member).add(topic, partition);
            readersOf[partition]++;
        }

        private int sizeOf(String member) {
            return of(member).size();
        }

        private PartitionSet.Builder of(String member) {
            return given.computeIfAbsent(member, id -> new PartitionSet.Builder());
        }

        private String leastLoaded() {
            return given.keySet().stream().min(Comparator.comparingInt(this::sizeOf)).orElseThrow();
        }

        private int leastRead() {
            int least = 0;
            for (int i = 1; i < readersOf.length; i++) {
                if (readersOf[i] < readersOf[least]) {
                    least = i;
                }
            }
            return least;
        }

        void into(Map<String, PartitionSet.Builder> targets) {
            given.forEach(
                    (member, partitions) ->
                            targets.computeIfAbsent(member, id -> new PartitionSet.Builder())
                                    .addAll(topic, partitions.build().partitions(topic)));
        }
    }
}
