package io.millrace.simulation.world;

import io.millrace.base.time.RandomSource;
import io.millrace.broker.replication.SafetyRules;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one seed's cluster is like: drawn from the seed, so that many seeds try many configurations.
 *
 * @param brokers machines with a broker each
 * @param replication copies of every partition
 * @param flushOnAck whether an acknowledgement waits for the disks, so that any number of machines
 *     may lose power at once
 * @param partitions of the topics written to
 * @param roundMs how long faults are played before the world is healed
 * @param rules what replicas keep; production keeps all
 */
public record WorldConfig(
        long seed,
        int brokers,
        int replication,
        int sessionTimeoutMs,
        boolean flushOnAck,
        int partitions,
        int roundMs,
        Map<String, String> shared,
        Set<SafetyRules> rules) {

    public WorldConfig {
        shared = Map.copyOf(shared);
        rules = Set.copyOf(rules);
    }

    /** The same cluster built wrongly: to show that what the rule prevents would be seen. */
    public WorldConfig without(SafetyRules rule) {
        return new WorldConfig(
                seed,
                brokers,
                replication,
                sessionTimeoutMs,
                flushOnAck,
                partitions,
                roundMs,
                shared,
                SafetyRules.without(rule));
    }

    /** The configuration of a seed. */
    public static WorldConfig of(long seed) {
        return of(seed, 5, 3);
    }

    /** The configuration of a seed for a cluster of another size. */
    public static WorldConfig of(long seed, int brokers, int replication) {
        String copies = Integer.toString(replication);
        String minInSync = replication > 1 ? "2" : "1";
        RandomSource random = RandomSource.seeded(seed ^ 0x5EEDC0F1L);
        Map<String, String> shared = new TreeMap<>();
        shared.put("default.replication.factor", copies);
        shared.put("min.insync.replicas", minInSync);
        shared.put("num.partitions", "1");
        shared.put("auto.create.topics.enable", "false");
        shared.put("offsets.topic.num.partitions", Integer.toString(1 + random.nextInt(3)));
        shared.put("offsets.topic.replication.factor", copies);
        shared.put("transaction.state.log.num.partitions", Integer.toString(1 + random.nextInt(3)));
        shared.put("transaction.state.log.replication.factor", copies);
        shared.put("transaction.state.log.min.isr", minInSync);
        shared.put("group.initial.rebalance.delay.ms", "0");
        shared.put(
                "metadata.snapshot.every.records", Integer.toString(200 + random.nextInt(2_000)));
        shared.put("num.io.threads", "2");
        // Idle followers ask seldom: what nobody waits for is not worth simulating.
        int maxWaitMs = 1_000 + random.nextInt(4_000);
        shared.put("replica.fetch.wait.max.ms", Integer.toString(maxWaitMs));
        shared.put(
                "log.segment.bytes",
                Integer.toString(random.nextInt(3) == 0 ? 16 * 1024 : 1024 * 1024));
        return new WorldConfig(
                seed,
                brokers,
                replication,
                6_000,
                replication == 1 || random.nextInt(2) == 0,
                1 + random.nextInt(4),
                120_000 + random.nextInt(900_000),
                shared,
                SafetyRules.all());
    }

    /** The properties file of one broker. */
    Map<String, String> brokerProperties(int id) {
        Map<String, String> properties = new TreeMap<>(shared);
        properties.put("broker.id", Integer.toString(id));
        properties.put("listeners", "PLAINTEXT://" + Machine.hostName(id) + ":9092");
        properties.put("log.dirs", "/" + Machine.hostName(id));
        properties.put("zookeeper.connect", "ensemble:2181");
        properties.put("zookeeper.session.timeout.ms", Integer.toString(sessionTimeoutMs));
        return properties;
    }
}
