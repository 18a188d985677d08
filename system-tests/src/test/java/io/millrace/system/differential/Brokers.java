package io.millrace.system.differential;

import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.Scratch;
import io.millrace.system.ApacheUnderTest;
import io.millrace.system.BrokerUnderTest;
import io.millrace.system.MillraceServer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The brokers that are compared, configured alike. */
final class Brokers {
    private static final Map<String, String> ALIKE =
            Map.of(
                    "offsets.topic.num.partitions", "4",
                    "transaction.state.log.num.partitions", "4",
                    "group.initial.rebalance.delay.ms", "0",
                    "auto.create.topics.enable", "false",
                    "log.retention.ms", "-1",
                    // The records are of years ago, transaction markers of now: one segment still.
                    "log.roll.ms", "3153600000000");

    private Brokers() {}

    static BrokerUnderTest apache() {
        Map<String, String> config = new TreeMap<>(ALIKE);
        config.put("share.coordinator.state.topic.num.partitions", "4");
        return new ApacheUnderTest(
                ApacheKafkaBroker.start(
                        Scratch.directory("differential-apache-"),
                        List.of("-Xmx640m", "-XX:TieredStopAtLevel=1"),
                        config));
    }

    static BrokerUnderTest millrace() {
        Map<String, String> config = new TreeMap<>(ALIKE);
        config.put("node.id", "1");
        return MillraceServer.start(Scratch.directory("differential-millrace-"), "384m", config);
    }

    /** The broker that is to behave like the reference. */
    static BrokerUnderTest subject() {
        return "apache".equals(System.getProperty("differential.subject")) ? apache() : millrace();
    }
}
