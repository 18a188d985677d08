package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A start after SIGKILL with a gibibyte that no checkpoint covers, over 1,000 partitions: until the
 * broker answers, and until it has told the end of every partition, so that all logs are recovered.
 */
final class RecoveryWorkload implements Workload {
    private static final String TOPIC = "recovered";
    private static final int PARTITIONS = 1_000;
    private static final int RECORD_BYTES = 8 * 1024;
    private static final int RECORDS = 131_072;
    private static final long PATIENCE_MS = 300_000;

    @Override
    public String name() {
        return "restart-unclean";
    }

    @Override
    public Map<String, String> brokerConfig() {
        return Map.of("log.flush.offset.checkpoint.interval.ms", "3600000");
    }

    @Override
    public void run(Contestant contestant, Figures figures) throws Exception {
        PeerProcess process = contestant.launch();
        ReadyProbe.awaitBroker(contestant.port(), PATIENCE_MS);
        write(contestant);
        process.kill();

        long before = nanos();
        PeerProcess again = contestant.launch();
        ReadyProbe.awaitTopic(contestant.port(), TOPIC, PARTITIONS, PATIENCE_MS);
        figures.add(
                new Figures.Measure("restart after SIGKILL, 1 GiB unflushed: answers", "s", false),
                contestant,
                (nanos() - before) / 1e9);
        readEnds(contestant);
        figures.add(
                new Figures.Measure(
                        "restart after SIGKILL, 1 GiB unflushed: all logs there", "s", false),
                contestant,
                (nanos() - before) / 1e9);
        figures.add(
                new Figures.Measure("CPU of that restart", "CPU s", false),
                contestant,
                ProcessFigures.cpuSeconds(again.pid()));
        contestant.stop();
    }

    private static void write(Contestant contestant) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", contestant.bootstrap());
        try (Admin admin = Admin.create(config)) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
        }
        ReadyProbe.awaitTopic(contestant.port(), TOPIC, PARTITIONS, PATIENCE_MS);
        Map<String, Object> producing = new HashMap<>(config);
        producing.put("batch.size", 64 * 1024);
        producing.put("buffer.memory", 128L * 1024 * 1024);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        producing, new ByteArraySerializer(), new ByteArraySerializer())) {
            byte[] value = new byte[RECORD_BYTES];
            for (int i = 0; i < RECORDS; i++) {
                value[i % RECORD_BYTES]++;
                producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, null, value));
            }
            producer.flush();
        }
    }

    private static void readEnds(Contestant contestant) throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            wanted.put(new TopicPartition(TOPIC, partition), OffsetSpec.latest());
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", contestant.bootstrap()))) {
            long records =
                    admin.listOffsets(wanted).all().get().values().stream()
                            .mapToLong(end -> end.offset())
                            .sum();
            if (records != RECORDS) {
                throw new IllegalStateException(records + " records are there, not " + RECORDS);
            }
        }
    }

    private static long nanos() {
        return System.nanoTime(); // gate: measures real time
    }
}
