package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * Time from starting the process to metadata that a client can use, and resident memory when idle
 * after it.
 */
final class StartWorkload implements Workload {
    private static final String TOPIC = "many";
    private static final long PATIENCE_MS = 120_000;
    private static final int IDLE_SECONDS = 4;

    private final int partitions;

    /**
     * @param partitions how many partitions the broker has when it starts; 0 for an empty one
     */
    StartWorkload(int partitions) {
        this.partitions = partitions;
    }

    @Override
    public String name() {
        return partitions == 0 ? "start" : "start-" + partitions;
    }

    @Override
    public void run(Contestant contestant, Figures figures) throws Exception {
        contestant.launch();
        ReadyProbe.awaitBroker(contestant.port(), PATIENCE_MS);
        String with = partitions == 0 ? "" : " with " + partitions + " partitions";
        if (partitions > 0) {
            long before = nanos();
            createTopic(contestant);
            ReadyProbe.awaitTopic(contestant.port(), TOPIC, partitions, PATIENCE_MS);
            figures.add(
                    new Figures.Measure("create " + partitions + " partitions", "s", false),
                    contestant,
                    (nanos() - before) / 1e9);
        }
        contestant.stop();

        long before = nanos();
        PeerProcess process = contestant.launch();
        if (partitions == 0) {
            ReadyProbe.awaitBroker(contestant.port(), PATIENCE_MS);
        } else {
            ReadyProbe.awaitTopic(contestant.port(), TOPIC, partitions, PATIENCE_MS);
        }
        figures.add(
                new Figures.Measure("start" + with, "s", false),
                contestant,
                (nanos() - before) / 1e9);
        figures.add(
                new Figures.Measure("CPU of start" + with, "CPU s", false),
                contestant,
                ProcessFigures.cpuSeconds(process.pid()));
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        figures.add(
                new Figures.Measure("idle resident memory" + with, "MiB", false),
                contestant,
                ProcessFigures.residentMib(process.pid()));
        contestant.stop();
    }

    private void createTopic(Contestant contestant) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", contestant.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, partitions, (short) 1))).all().get();
        }
    }

    private static long nanos() {
        return System.nanoTime(); // gate: measures real time
    }
}
