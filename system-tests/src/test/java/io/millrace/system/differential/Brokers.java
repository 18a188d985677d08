package io.millrace.system.differential;

import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.ApacheKafkaOnZooKeeper;
import io.millrace.peers.Scratch;
import io.millrace.system.MillraceServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The brokers that are compared, configured alike. */
final class Brokers {
    static final int GROUP_SHARDS = 4;

    private static final Map<String, String> ALIKE =
            Map.ofEntries(
                    Map.entry("offsets.topic.num.partitions", String.valueOf(GROUP_SHARDS)),
                    Map.entry("transaction.state.log.num.partitions", "4"),
                    Map.entry("group.initial.rebalance.delay.ms", "0"),
                    // Members get their part with the request that changes it, not soon after.
                    Map.entry("group.consumer.assignment.interval.ms", "0"),
                    Map.entry("auto.create.topics.enable", "false"),
                    Map.entry("log.retention.ms", "-1"),
                    // The records are of years ago, transaction markers of now: one segment still.
                    Map.entry("log.roll.ms", "3153600000000"));

    /** What only the reference can be told. */
    private static final Map<String, String> REFERENCE =
            Map.of(
                    "share.coordinator.state.topic.num.partitions", "4",
                    "group.share.assignment.interval.ms", "0",
                    "group.streams.assignment.interval.ms", "0",
                    "group.consumer.assignor.offload.enable", "false",
                    "group.share.assignor.offload.enable", "false",
                    "group.streams.assignor.offload.enable", "false",
                    "group.streams.initial.rebalance.delay.ms", "0");

    private static final List<String> JVM = List.of("-Xmx640m", "-XX:TieredStopAtLevel=1");

    private Brokers() {}

    static Contender apache() {
        Map<String, String> config = new TreeMap<>(ALIKE);
        config.putAll(REFERENCE);
        Path directory = Scratch.directory("differential-apache-");
        ApacheKafkaBroker broker = ApacheKafkaBroker.start(directory, JVM, config);
        return new Contender(
                broker.port(),
                () -> {
                    broker.close();
                    Scratch.delete(directory);
                });
    }

    /** Serves the versions that Apache Kafka 4 dropped. */
    static Contender apacheOnZooKeeper() {
        Path directory = Scratch.directory("differential-apache-3-9-");
        ApacheKafkaOnZooKeeper broker = ApacheKafkaOnZooKeeper.start(directory, JVM, ALIKE);
        return new Contender(
                broker.port(),
                () -> {
                    broker.close();
                    Scratch.delete(directory);
                });
    }

    static Contender millrace() {
        Map<String, String> config = new TreeMap<>(ALIKE);
        config.put("node.id", "1");
        MillraceServer server =
                MillraceServer.start(Scratch.directory("differential-millrace-"), "384m", config);
        return new Contender(server.port(), server::close);
    }

    /** The broker that is to behave like the reference. */
    static Contender subject() {
        return "apache".equals(System.getProperty("differential.subject")) ? apache() : millrace();
    }
}
