package io.millrace.system;

import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.PeerProcess;
import io.millrace.peers.Scratch;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One broker as a process of its own, on a free port, that can be killed and started again. */
public interface BrokerUnderTest extends AutoCloseable {
    Map<String, String> CONFIG =
            Map.of(
                    "offsets.topic.num.partitions", "4",
                    "transaction.state.log.num.partitions", "4",
                    "group.initial.rebalance.delay.ms", "0");

    /** {@code host:port} for clients. */
    String bootstrap();

    int port();

    PeerProcess process();

    /** Directory that holds the partitions' directories. */
    Path logDirectory();

    /** SIGKILL. */
    void kill();

    /** Starts again on the same port and data, and waits until it answers. */
    void restart();

    @Override
    void close();

    /** A fresh broker with a small heap, and one replica and no delays where that can be set. */
    static BrokerUnderTest start(String heap) {
        return start(heap, Map.of());
    }

    /** The same with more configuration. */
    static BrokerUnderTest start(String heap, Map<String, String> more) {
        return isApache()
                ? startApache(heap.equals("128m") ? "256m" : heap, more)
                : startMillrace(heap, more);
    }

    /** Apache Kafka, whatever {@code broker.under.test} says. */
    static BrokerUnderTest startApache(String heap) {
        return startApache(heap, Map.of());
    }

    private static BrokerUnderTest startApache(String heap, Map<String, String> more) {
        return new ApacheUnderTest(
                ApacheKafkaBroker.start(
                        Scratch.directory("broker-under-test-"),
                        List.of("-Xmx" + heap, "-XX:TieredStopAtLevel=1"),
                        with(more)));
    }

    /** Millrace, whatever {@code broker.under.test} says. */
    static BrokerUnderTest startMillrace(String heap) {
        return startMillrace(heap, Map.of());
    }

    private static BrokerUnderTest startMillrace(String heap, Map<String, String> more) {
        return MillraceServer.start(Scratch.directory("broker-under-test-"), heap, with(more));
    }

    private static Map<String, String> with(Map<String, String> more) {
        Map<String, String> config = new HashMap<>(CONFIG);
        config.putAll(more);
        return config;
    }

    static boolean isApache() {
        return "apache".equals(System.getProperty("broker.under.test"));
    }
}
