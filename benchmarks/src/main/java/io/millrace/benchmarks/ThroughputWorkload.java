package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Produces records as fast as Apache's producer can (acks=all, idempotent), then fetches them all
 * from the start with Apache's consumer. CPU is the broker's, by record.
 */
final class ThroughputWorkload implements Workload {
    private static final String TOPIC = "load";
    private static final int PARTITIONS = 6;
    private static final long PATIENCE_MS = 60_000;

    private final int recordBytes;
    private final int records;

    ThroughputWorkload(int recordBytes, int records) {
        this.recordBytes = recordBytes;
        this.records = records;
    }

    @Override
    public String name() {
        return "throughput-" + recordBytes;
    }

    @Override
    public void run(Contestant contestant, Figures figures) throws Exception {
        PeerProcess process = contestant.launch();
        ReadyProbe.awaitBroker(contestant.port(), PATIENCE_MS);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", contestant.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
        }
        produce(contestant, records / 10);
        measure(
                "produce " + recordBytes + " B",
                contestant,
                process,
                figures,
                () -> produce(contestant, records));
        int all = records + records / 10;
        measure(
                "fetch " + recordBytes + " B",
                contestant,
                process,
                figures,
                () -> fetch(contestant, all));
        figures.add(
                new Figures.Measure(
                        "resident memory after " + recordBytes + " B load", "MiB", false),
                contestant,
                ProcessFigures.residentMib(process.pid()));
        contestant.stop();
    }

    private void measure(
            String what,
            Contestant contestant,
            PeerProcess process,
            Figures figures,
            Runnable load) {
        double cpuBefore = ProcessFigures.cpuSeconds(process.pid());
        long before = System.nanoTime(); // gate: measures real time
        load.run();
        double seconds = (System.nanoTime() - before) / 1e9; // gate: measures real time
        double cpu = ProcessFigures.cpuSeconds(process.pid()) - cpuBefore;
        figures.add(new Figures.Measure(what, "records/s", true), contestant, records / seconds);
        figures.add(
                new Figures.Measure(what + ", broker CPU", "CPU s per million", false),
                contestant,
                cpu / records * 1e6);
    }

    private void produce(Contestant contestant, int count) {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        contestant.bootstrap(),
                        "acks",
                        "all",
                        "enable.idempotence",
                        true,
                        "linger.ms",
                        5,
                        "batch.size",
                        65_536);
        byte[] value = Payload.of(recordBytes);
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < count; i++) {
                producer.send(
                        new ProducerRecord<>(TOPIC, value),
                        (metadata, problem) -> {
                            if (problem != null) {
                                failure.compareAndSet(null, problem);
                            }
                        });
            }
            producer.flush();
        }
        Exception problem = failure.get();
        if (problem != null) {
            throw new IllegalStateException(contestant.name() + " refused a record", problem);
        }
    }

    private void fetch(Contestant contestant, int count) {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        contestant.bootstrap(),
                        "max.poll.records",
                        5_000,
                        "check.crcs",
                        true);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                partitions.add(new TopicPartition(TOPIC, i));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            int seen = 0;
            int emptyPolls = 0;
            while (seen < count) {
                int polled = consumer.poll(Duration.ofSeconds(1)).count();
                seen += polled;
                emptyPolls = polled == 0 ? emptyPolls + 1 : 0;
                if (emptyPolls > 20) {
                    throw new IllegalStateException(
                            contestant.name() + " gave " + seen + " of " + count + " records");
                }
            }
        }
    }
}
