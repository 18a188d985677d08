package io.millrace.system;

import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.PeerProcess;
import io.millrace.peers.Scratch;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** One broker as a process of its own, on a free port, that can be killed and started again. */
interface BrokerUnderTest extends AutoCloseable {

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
        Map<String, String> config =
                Map.of(
                        "offsets.topic.num.partitions", "4",
                        "group.initial.rebalance.delay.ms", "0");
        Path directory = Scratch.directory("broker-under-test-");
        if (isApache()) {
            String apacheHeap = heap.equals("128m") ? "256m" : heap;
            return new ApacheUnderTest(
                    ApacheKafkaBroker.start(
                            directory,
                            List.of("-Xmx" + apacheHeap, "-XX:TieredStopAtLevel=1"),
                            config));
        }
        return MillraceServer.start(directory, heap, config);
    }

    static boolean isApache() {
        return "apache".equals(System.getProperty("broker.under.test"));
    }
}
