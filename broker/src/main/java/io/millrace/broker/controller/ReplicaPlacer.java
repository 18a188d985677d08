package io.millrace.broker.controller;

import io.millrace.base.time.RandomSource;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Chooses brokers for new partitions: first replicas go round all brokers from a random start, and
 * the others follow at a distance that changes with each round, so that a broker's partitions have
 * their followers spread over all others. Brokers are lined up rack by rack in turn; of a
 * partition's replicas no two are in one rack while another has none.
 */
final class ReplicaPlacer {
    private final List<Integer> line;
    private final Map<Integer, String> racks;
    private final int replicationFactor;
    private final int start;
    private int next;

    private ReplicaPlacer(
            List<Integer> line, Map<Integer, String> racks, int replicationFactor, int start) {
        this.line = line;
        this.racks = racks;
        this.replicationFactor = replicationFactor;
        this.start = start;
    }

    /** Brokers that may take new replicas. */
    static int capacity(MetadataImage image) {
        return (int) image.brokers().values().stream().filter(BrokerImage::isEligible).count();
    }

    /**
     * A placer for one topic.
     *
     * @param firstIndex index of the first partition it places
     */
    static ReplicaPlacer of(
            MetadataImage image, int replicationFactor, int firstIndex, RandomSource random) {
        List<Integer> line = lineUp(image);
        if (replicationFactor < 1 || replicationFactor > line.size()) {
            throw new IllegalArgumentException(
                    replicationFactor + " replicas on " + line.size() + " brokers");
        }
        ReplicaPlacer placer =
                new ReplicaPlacer(
                        line, racks(image), replicationFactor, random.nextInt(line.size()));
        placer.next = firstIndex;
        return placer;
    }

    /** Replicas of the next partition, preferred leader first. */
    List<Integer> place() {
        int brokers = line.size();
        int partition = next++;
        int first = (start + partition) % brokers;
        int round = (start + partition / brokers) % Math.max(1, brokers - 1);
        List<Integer> replicas = new ArrayList<>(replicationFactor);
        Map<String, Integer> usedRacks = new HashMap<>();
        add(replicas, usedRacks, line.get(first));
        while (replicas.size() < replicationFactor) {
            add(replicas, usedRacks, follower(first, round, replicas, usedRacks));
        }
        return List.copyOf(replicas);
    }

    private void add(List<Integer> replicas, Map<String, Integer> usedRacks, int broker) {
        replicas.add(broker);
        usedRacks.merge(rackOf(broker), 1, Integer::sum);
    }

    /** The first on the way round from the leader whose rack holds the fewest replicas. */
    private int follower(
            int first, int round, List<Integer> replicas, Map<String, Integer> usedRacks) {
        int brokers = line.size();
        int best = -1;
        int fewest = Integer.MAX_VALUE;
        for (int i = 0; i < brokers - 1 && fewest > 0; i++) {
            int broker = line.get((first + 1 + (round + i) % (brokers - 1)) % brokers);
            int used = usedRacks.getOrDefault(rackOf(broker), 0);
            if (!replicas.contains(broker) && used < fewest) {
                best = broker;
                fewest = used;
            }
        }
        return best;
    }

    private String rackOf(int broker) {
        return racks.getOrDefault(broker, "");
    }

    private static Map<Integer, String> racks(MetadataImage image) {
        Map<Integer, String> racks = new HashMap<>();
        image.brokers()
                .values()
                .forEach(broker -> broker.rack().ifPresent(rack -> racks.put(broker.id(), rack)));
        return racks;
    }

    private static List<Integer> lineUp(MetadataImage image) {
        Map<String, List<Integer>> racks = new TreeMap<>();
        for (BrokerImage broker : image.brokers().values()) {
            if (broker.isEligible()) {
                racks.computeIfAbsent(broker.rack().orElse(""), rack -> new ArrayList<>())
                        .add(broker.id());
            }
        }
        List<Integer> line = new ArrayList<>();
        for (int i = 0; ; i++) {
            int before = line.size();
            for (List<Integer> rack : racks.values()) {
                if (i < rack.size()) {
                    line.add(rack.get(i));
                }
            }
            if (line.size() == before) {
                return line;
            }
        }
    }
}
