package io.millrace.cli.cluster;

import io.millrace.clients.TopicPartition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Plans who shall hold which partition so that only the brokers given hold any, evenly. Moves as
 * little as that takes: replicas that may stay do; racks are told apart where brokers have them.
 * Pure and deterministic.
 */
public final class ReplicaMoves {
    private final Map<Integer, Optional<String>> racks;
    private final Map<Integer, Integer> held = new TreeMap<>();
    private final TreeMap<TopicPartition, List<Integer>> wanted =
            new TreeMap<>(
                    Comparator.comparing(TopicPartition::topic)
                            .thenComparing(TopicPartition::partition));

    private ReplicaMoves(Map<Integer, Optional<String>> racks) {
        this.racks = Map.copyOf(racks);
        racks.keySet().forEach(broker -> held.put(broker, 0));
    }

    /**
     * The partitions whose replicas change, with their new replicas in order of preference.
     *
     * @param present replicas of every partition that may move
     * @param targets brokers that may hold replicas, with their racks
     * @param level whether replicas also move only to spread them more evenly
     */
    public static Map<TopicPartition, List<Integer>> plan(
            Map<TopicPartition, List<Integer>> present,
            Map<Integer, Optional<String>> targets,
            boolean level) {
        ReplicaMoves moves = new ReplicaMoves(targets);
        moves.keep(present);
        moves.replaceMissing(present);
        if (level) {
            moves.levelReplicas();
        }
        moves.levelLeaders(present, level);
        Map<TopicPartition, List<Integer>> changed = new TreeMap<>(moves.wanted);
        changed.entrySet().removeIf(each -> each.getValue().equals(present.get(each.getKey())));
        return changed;
    }

    private void keep(Map<TopicPartition, List<Integer>> present) {
        present.forEach(
                (partition, replicas) -> {
                    if (replicas.size() > racks.size()) {
                        throw new IllegalArgumentException(
                                partition
                                        + " has "
                                        + replicas.size()
                                        + " replicas, but only the brokers "
                                        + racks.keySet()
                                        + " may hold one; name more brokers");
                    }
                    List<Integer> stay = new ArrayList<>(replicas);
                    stay.retainAll(racks.keySet());
                    stay.forEach(broker -> held.merge(broker, 1, Integer::sum));
                    wanted.put(partition, stay);
                });
    }

    private void replaceMissing(Map<TopicPartition, List<Integer>> present) {
        wanted.forEach(
                (partition, replicas) -> {
                    int count = present.getOrDefault(partition, List.of()).size();
                    while (replicas.size() < count) {
                        int broker = leastLoaded(replicas);
                        replicas.add(broker);
                        held.merge(broker, 1, Integer::sum);
                    }
                });
    }

    private int leastLoaded(List<Integer> replicas) {
        Set<Optional<String>> used = racksOf(replicas);
        return held.keySet().stream()
                .filter(broker -> !replicas.contains(broker))
                .min(
                        Comparator.<Integer, Boolean>comparing(
                                        broker -> used.contains(rack(broker)))
                                .thenComparing(held::get)
                                .thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
    }

    private Set<Optional<String>> racksOf(List<Integer> replicas) {
        Set<Optional<String>> used = new HashSet<>();
        replicas.forEach(broker -> used.add(rack(broker)));
        used.remove(Optional.empty());
        return used;
    }

    private Optional<String> rack(int broker) {
        return racks.getOrDefault(broker, Optional.empty());
    }

    private void levelReplicas() {
        boolean moved = true;
        while (moved) {
            moved = false;
            List<Integer> byLoad = new ArrayList<>(held.keySet());
            byLoad.sort(Comparator.comparing(held::get));
            for (int i = 0; i < byLoad.size() && !moved; i++) {
                for (int j = byLoad.size() - 1; j > i && !moved; j--) {
                    moved = moveOne(byLoad.get(j), byLoad.get(i));
                }
            }
        }
    }

    private boolean moveOne(int from, int to) {
        if (held.getOrDefault(from, 0) - held.getOrDefault(to, 0) < 2) {
            return false;
        }
        for (List<Integer> replicas : wanted.values()) {
            int at = replicas.indexOf(from);
            if (at >= 0 && !replicas.contains(to) && !losesRack(replicas, from, to)) {
                replicas.set(at, to);
                held.merge(from, -1, Integer::sum);
                held.merge(to, 1, Integer::sum);
                return true;
            }
        }
        return false;
    }

    private boolean losesRack(List<Integer> replicas, int from, int to) {
        List<Integer> after = new ArrayList<>(replicas);
        after.set(after.indexOf(from), to);
        return racksOf(after).size() < racksOf(replicas).size();
    }

    /** Who is first leads as long as all is well. */
    private void levelLeaders(Map<TopicPartition, List<Integer>> present, boolean all) {
        Map<Integer, Integer> leads = new HashMap<>();
        wanted.values().forEach(replicas -> leads.merge(replicas.get(0), 1, Integer::sum));
        wanted.forEach(
                (partition, replicas) -> {
                    if (!all && replicas.equals(present.get(partition))) {
                        return;
                    }
                    int first = replicas.get(0);
                    int best =
                            replicas.stream()
                                    .min(Comparator.comparing(id -> leads.getOrDefault(id, 0)))
                                    .orElse(first);
                    if (leads.getOrDefault(first, 0) - leads.getOrDefault(best, 0) > 1) {
                        replicas.remove(Integer.valueOf(best));
                        replicas.add(0, best);
                        leads.merge(first, -1, Integer::sum);
                        leads.merge(best, 1, Integer::sum);
                    }
                });
    }
}
