package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Transactions of 100 ms over 16 partitions, one after the other, as a stream job with exactly-once
 * semantics writes them: how many records go through, how long a commit takes, and reading all of
 * it with {@code read_committed}.
 */
final class TransactionWorkload implements Workload {
    private static final String TOPIC = "ledger";
    private static final int PARTITIONS = 16;
    private static final int WARM_UP = 20;
    private static final int TRANSACTIONS = 100;
    private static final long TRANSACTION_NANOS = 100_000_000;
    private static final int RECORD_BYTES = 100;
    private static final long PATIENCE_MS = 60_000;

    @Override
    public String name() {
        return "transactions";
    }

    @Override
    public void run(Contestant contestant, Figures figures) throws Exception {
        PeerProcess process = contestant.launch();
        ReadyProbe.awaitBroker(contestant.port(), PATIENCE_MS);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", contestant.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
        }
        try (KafkaProducer<byte[], byte[]> producer = producer(contestant)) {
            producer.initTransactions();
            Histogram warmUp = new Histogram(3);
            long before = write(producer, WARM_UP, warmUp);
            Histogram commits = new Histogram(3);
            double cpuBefore = ProcessFigures.cpuSeconds(process.pid());
            long began = nanos();
            long records = write(producer, TRANSACTIONS, commits);
            double seconds = (nanos() - began) / 1e9;
            double cpu = ProcessFigures.cpuSeconds(process.pid()) - cpuBefore;
            add(
                    figures,
                    contestant,
                    "records in transactions",
                    "records/s",
                    true,
                    records / seconds);
            add(
                    figures,
                    contestant,
                    "records in transactions, broker CPU",
                    "CPU s per million",
                    false,
                    cpu / records * 1e6);
            add(figures, contestant, "commit p50", "ms", false, millis(commits, 50));
            add(figures, contestant, "commit p99", "ms", false, millis(commits, 99));
            began = nanos();
            read(contestant, before + records);
            seconds = (nanos() - began) / 1e9;
            add(
                    figures,
                    contestant,
                    "fetch read_committed",
                    "records/s",
                    true,
                    (before + records) / seconds);
        }
        contestant.stop();
    }

    private static void add(
            Figures figures,
            Contestant contestant,
            String what,
            String unit,
            boolean higherIsBetter,
            double value) {
        figures.add(new Figures.Measure(what, unit, higherIsBetter), contestant, value);
    }

    private static double millis(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1e6;
    }

    private static KafkaProducer<byte[], byte[]> producer(Contestant contestant) {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        contestant.bootstrap(),
                        "transactional.id",
                        "ledger-writer",
                        "linger.ms",
                        5,
                        "batch.size",
                        65_536);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Gives the number of records written. */
    private static long write(
            KafkaProducer<byte[], byte[]> producer, int transactions, Histogram commits) {
        byte[] value = Payload.of(RECORD_BYTES);
        long records = 0;
        for (int i = 0; i < transactions; i++) {
            producer.beginTransaction();
            long end = nanos() + TRANSACTION_NANOS;
            while (nanos() - end < 0) {
                int partition = (int) (records++ % PARTITIONS);
                producer.send(new ProducerRecord<>(TOPIC, partition, null, value));
            }
            producer.flush();
            long before = nanos();
            producer.commitTransaction();
            commits.recordValue(nanos() - before);
        }
        return records;
    }

    private static void read(Contestant contestant, long count) {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        contestant.bootstrap(),
                        "isolation.level",
                        "read_committed",
                        "max.poll.records",
                        5_000);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int i = 0; i < PARTITIONS; i++) {
                partitions.add(new TopicPartition(TOPIC, i));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long seen = 0;
            long deadline = nanos() + PATIENCE_MS * 1_000_000;
            while (seen < count) {
                seen += consumer.poll(Duration.ofSeconds(1)).count();
                if (nanos() - deadline > 0) {
                    throw new IllegalStateException(
                            contestant.name() + " gave " + seen + " of " + count + " records");
                }
            }
        }
    }

    private static long nanos() {
        return System.nanoTime(); // gate: measures real time
    }
}
