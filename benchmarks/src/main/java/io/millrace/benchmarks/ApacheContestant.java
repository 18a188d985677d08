package io.millrace.benchmarks;

import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.PeerProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Apache Kafka 4.3.1 with the heap and collector that its own start script gives it. */
final class ApacheContestant implements Contestant {
    static final List<String> PRODUCTION_OPTIONS =
            List.of(
                    "-Xms1g",
                    "-Xmx1g",
                    "-server",
                    "-XX:+UseG1GC",
                    "-XX:MaxGCPauseMillis=20",
                    "-XX:InitiatingHeapOccupancyPercent=35",
                    "-XX:+ExplicitGCInvokesConcurrent",
                    "-Djava.awt.headless=true");

    private final Path directory;
    private final ApacheKafkaBroker broker;

    /**
     * Formats its storage and starts once, so that the first measured start is like every other.
     */
    ApacheContestant(Path directory, Map<String, String> config) {
        this.directory = directory;
        this.broker = ApacheKafkaBroker.start(directory, PRODUCTION_OPTIONS, config);
        broker.stop();
    }

    @Override
    public String name() {
        return "Apache Kafka 4.3.1";
    }

    @Override
    public String bootstrap() {
        return broker.bootstrap();
    }

    @Override
    public int port() {
        return broker.port();
    }

    @Override
    public PeerProcess launch() {
        return broker.launch();
    }

    @Override
    public void stop() {
        broker.stop();
    }

    @Override
    public void close() {
        broker.close();
        Directories.delete(directory);
    }
}
