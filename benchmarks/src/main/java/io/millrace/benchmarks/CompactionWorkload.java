package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Fills a compacted topic whose compaction waits, lets it begin, and measures until the topic is as
 * small as its keys allow. The cleaner of either broker looks for work every 100 ms.
 */
final class CompactionWorkload implements Workload {
    private static final String TOPIC = "table";
    private static final int RECORDS = 3_000_000;
    private static final int KEYS = 200_000;
    private static final int RECORD_BYTES = 100;
    private static final int SEGMENT_BYTES = 64 << 20;
    private static final long PATIENCE_MS = 240_000;
    private static final int SEED = 5;

    /** The segment being written, what cannot be compacted, and one copy of every key. */
    private static final long CLEAN_BYTES = SEGMENT_BYTES + 2L * KEYS * (RECORD_BYTES + 40);

    @Override
    public String name() {
        return "compaction";
    }

    @Override
    public Map<String, String> brokerConfig() {
        return Map.of("log.cleaner.backoff.ms", "100");
    }

    @Override
    public void run(Contestant contestant, Figures figures) throws Exception {
        PeerProcess process = contestant.launch();
        ReadyProbe.awaitBroker(contestant.port(), PATIENCE_MS);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", contestant.bootstrap()))) {
            NewTopic topic =
                    new NewTopic(TOPIC, 1, (short) 1)
                            .configs(
                                    Map.of(
                                            "cleanup.policy", "compact",
                                            "segment.bytes", Integer.toString(SEGMENT_BYTES),
                                            "file.delete.delay.ms", "0",
                                            "min.cleanable.dirty.ratio", "1.0"));
            admin.createTopics(List.of(topic)).all().get();
            fill(contestant);
            long before = bytesOf(admin);
            double cpuBefore = ProcessFigures.cpuSeconds(process.pid());
            long began = nanos();
            letItBegin(admin);
            while (bytesOf(admin) > CLEAN_BYTES) {
                if (nanos() - began > TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS)) {
                    throw new IllegalStateException(
                            contestant.name()
                                    + " still holds "
                                    + bytesOf(admin)
                                    + " of "
                                    + before
                                    + " bytes");
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
            double seconds = (nanos() - began) / 1e9;
            double cpu = ProcessFigures.cpuSeconds(process.pid()) - cpuBefore;
            String what = "compact " + before / (1 << 20) / 10 * 10 + " MiB";
            figures.add(new Figures.Measure(what, "s", false), contestant, seconds);
            figures.add(
                    new Figures.Measure(what + ", broker CPU", "CPU s", false), contestant, cpu);
            figures.add(
                    new Figures.Measure("resident memory after compaction", "MiB", false),
                    contestant,
                    ProcessFigures.residentMib(process.pid()));
        }
        contestant.stop();
    }

    private static void fill(Contestant contestant) {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        contestant.bootstrap(),
                        "linger.ms",
                        5,
                        "batch.size",
                        65_536);
        byte[] value = Payload.of(RECORD_BYTES);
        SplittableRandom random = new SplittableRandom(SEED);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                byte[] key = ("key-" + random.nextInt(KEYS)).getBytes(StandardCharsets.US_ASCII);
                producer.send(new ProducerRecord<>(TOPIC, key, value));
            }
        }
    }

    private static void letItBegin(Admin admin) throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
        AlterConfigOp change =
                new AlterConfigOp(
                        new ConfigEntry("min.cleanable.dirty.ratio", "0.01"),
                        AlterConfigOp.OpType.SET);
        admin.incrementalAlterConfigs(Map.of(topic, List.of(change))).all().get();
    }

    private static long bytesOf(Admin admin) throws Exception {
        List<Integer> brokers =
                admin.describeCluster().nodes().get().stream().map(Node::id).toList();
        long bytes = 0;
        for (var directories : admin.describeLogDirs(brokers).allDescriptions().get().values()) {
            for (LogDirDescription directory : directories.values()) {
                for (var replica : directory.replicaInfos().entrySet()) {
                    bytes += replica.getKey().topic().equals(TOPIC) ? replica.getValue().size() : 0;
                }
            }
        }
        return bytes;
    }

    private static long nanos() {
        return System.nanoTime(); // gate: measures real time
    }
}
