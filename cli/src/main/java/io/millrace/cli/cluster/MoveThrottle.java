package io.millrace.cli.cluster;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.ConfigChange;
import io.millrace.clients.admin.ConfigResource;
import io.millrace.clients.admin.PartitionState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The limit on copying while partitions move, as Kafka's configuration has it: a rate for each
 * broker, and for each topic the replicas that send and those that receive. Pure.
 */
public final class MoveThrottle {
    private static final List<String> RATES =
            List.of("leader.replication.throttled.rate", "follower.replication.throttled.rate");
    private static final String SENDERS = "leader.replication.throttled.replicas";
    private static final String RECEIVERS = "follower.replication.throttled.replicas";

    private MoveThrottle() {}

    /**
     * Limits a move.
     *
     * @param bytesPerSecond in and out of each broker
     */
    public static Map<ConfigResource, List<ConfigChange>> set(
            List<PartitionState> present,
            Map<TopicPartition, List<Integer>> targets,
            long bytesPerSecond) {
        Map<ConfigResource, List<ConfigChange>> changes = new HashMap<>();
        Set<Integer> brokers = new TreeSet<>();
        Map<String, List<String>> senders = new TreeMap<>();
        Map<String, List<String>> receivers = new TreeMap<>();
        for (PartitionState state : present) {
            TopicPartition at = state.partition();
            List<Integer> target = targets.getOrDefault(at, state.replicas());
            List<Integer> coming = new ArrayList<>(target);
            coming.removeAll(state.replicas());
            if (coming.isEmpty()) {
                continue;
            }
            brokers.addAll(state.replicas());
            brokers.addAll(coming);
            add(senders, at, state.replicas());
            add(receivers, at, coming);
        }
        for (int broker : brokers) {
            changes.put(
                    ConfigResource.broker(broker),
                    RATES.stream()
                            .map(key -> ConfigChange.set(key, Long.toString(bytesPerSecond)))
                            .toList());
        }
        senders.forEach(
                (topic, replicas) ->
                        changes.put(
                                ConfigResource.topic(topic),
                                List.of(
                                        ConfigChange.set(SENDERS, String.join(",", replicas)),
                                        ConfigChange.set(
                                                RECEIVERS,
                                                String.join(
                                                        ",",
                                                        receivers.getOrDefault(
                                                                topic, List.of()))))));
        return changes;
    }

    private static void add(
            Map<String, List<String>> replicas, TopicPartition at, List<Integer> brokers) {
        List<String> list = replicas.computeIfAbsent(at.topic(), topic -> new ArrayList<>());
        brokers.forEach(broker -> list.add(at.partition() + ":" + broker));
    }

    /** Lifts every limit of brokers and topics. */
    public static Map<ConfigResource, List<ConfigChange>> lift(
            Set<Integer> brokers, Set<String> topics) {
        Map<ConfigResource, List<ConfigChange>> changes = new HashMap<>();
        brokers.forEach(
                broker ->
                        changes.put(
                                ConfigResource.broker(broker),
                                RATES.stream().map(ConfigChange::delete).toList()));
        topics.forEach(
                topic ->
                        changes.put(
                                ConfigResource.topic(topic),
                                List.of(
                                        ConfigChange.delete(SENDERS),
                                        ConfigChange.delete(RECEIVERS))));
        return changes;
    }
}
