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
 * Produces a {@link Load} as fast as Apache's producer can (acks=all, idempotent), then fetches it
 * all from the start with Apache's consumer. CPU is the broker's, by record.
 */
final class ThroughputWorkload implements Workload {
    private static final String TOPIC = "load";
    private static final long PATIENCE_MS = 60_000;

    private final Load load;

    /**
     * What is sent.
     *
     * @param name of the workload
     * @param label of its figures
     * @param records how many count; a tenth of it more warms up
     * @param partitions of the topic, filled evenly
     * @param codec {@code compression.type} of the producer
     * @param batchBytes {@code batch.size} of the producer
     * @param lingerMs {@code linger.ms} of the producer
     * @param value of every record
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Load(
            String name,
            String label,
            int records,
            int partitions,
            String codec,
            int batchBytes,
            int lingerMs,
            byte[] value) {

        /** Big batches of plain records over 6 partitions. */
        static Load plain(int recordBytes, int records) {
            return new Load(
                    "throughput-" + recordBytes,
                    recordBytes + " B",
                    records,
                    6,
                    "none",
                    65_536,
                    5,
                    Payload.of(recordBytes));
        }

        /** Batches of a few records each, as many slow producers together send them. */
        static Load smallBatches(int records) {
            return new Load(
                    "small-batches",
                    "100 B, 64 partitions, 1 KiB batches",
                    records,
                    64,
                    "none",
                    1024,
                    0,
                    Payload.of(100));
        }

        /** Rows as JSON of 1 KiB, compressed by the producer. */
        static Load compressed(String codec, int records) {
            return new Load(
                    codec, "1 KiB " + codec, records, 6, codec, 65_536, 5, Payload.json(1024));
        }
    }

    ThroughputWorkload(Load load) {
        this.load = load;
    }

    @Override
    public String name() {
        return load.name();
    }

    @Override
    public void run(Contestant contestant, Figures figures) throws Exception {
        PeerProcess process = contestant.launch();
        ReadyProbe.awaitBroker(contestant.port(), PATIENCE_MS);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", contestant.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, load.partitions(), (short) 1)))
                    .all()
                    .get();
        }
        touch(contestant);
        produce(contestant, load.records() / 10);
        measure(
                "produce " + load.label(),
                contestant,
                process,
                figures,
                () -> produce(contestant, load.records()));
        int all = load.records() + load.records() / 10 + load.partitions();
        measure(
                "fetch " + load.label(),
                contestant,
                process,
                figures,
                () -> fetch(contestant, all));
        figures.add(
                new Figures.Measure("resident memory after " + load.label(), "MiB", false),
                contestant,
                ProcessFigures.residentMib(process.pid()));
        contestant.stop();
    }

    private void measure(
            String what,
            Contestant contestant,
            PeerProcess process,
            Figures figures,
            Runnable work) {
        double cpuBefore = ProcessFigures.cpuSeconds(process.pid());
        long before = System.nanoTime(); // gate: measures real time
        work.run();
        double seconds = (System.nanoTime() - before) / 1e9; // gate: measures real time
        double cpu = ProcessFigures.cpuSeconds(process.pid()) - cpuBefore;
        figures.add(
                new Figures.Measure(what, "records/s", true), contestant, load.records() / seconds);
        figures.add(
                new Figures.Measure(what + ", broker CPU", "CPU s per million", false),
                contestant,
                cpu / load.records() * 1e6);
    }

    /**
     * Waits until every partition takes records: Apache's producer does not recover when the first
     * batches of many new partitions are refused while others of them are under way.
     */
    private void touch(Contestant contestant) throws Exception {
        Map<String, Object> config = Map.of("bootstrap.servers", contestant.bootstrap());
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < load.partitions(); i++) {
                producer.send(new ProducerRecord<>(TOPIC, i, null, load.value())).get();
            }
        }
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
                        "compression.type",
                        load.codec(),
                        "linger.ms",
                        load.lingerMs(),
                        "batch.size",
                        load.batchBytes());
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < count; i++) {
                producer.send(
                        new ProducerRecord<>(TOPIC, i % load.partitions(), null, load.value()),
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
            for (int i = 0; i < load.partitions(); i++) {
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
