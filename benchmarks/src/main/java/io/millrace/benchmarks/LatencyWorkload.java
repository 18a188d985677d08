package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Time from {@code send} to {@code poll} at a steady rate (acks=all, linger 0), with Apache's
 * producer and consumer. The time counts from when a record was due, so that a stalled producer
 * does not hide a stall.
 */
final class LatencyWorkload implements Workload {
    private static final String TOPIC = "paced";
    private static final int RECORDS_PER_SECOND = 5_000;
    private static final int WARM_UP_SECONDS = 5;
    private static final int SECONDS = 10;
    private static final int RECORD_BYTES = 100;
    private static final long PATIENCE_MS = 60_000;

    @Override
    public String name() {
        return "latency";
    }

    @Override
    public void run(Contestant contestant, Figures figures) throws Exception {
        PeerProcess process = contestant.launch();
        ReadyProbe.awaitBroker(contestant.port(), PATIENCE_MS);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", contestant.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
        }
        Histogram histogram = new Histogram(3);
        AtomicBoolean done = new AtomicBoolean();
        int total = (WARM_UP_SECONDS + SECONDS) * RECORDS_PER_SECOND;
        Runnable reading = () -> read(contestant, histogram, total, done);
        Thread reader = new Thread(reading, "reader"); // gate: load of a benchmark
        reader.start();
        double cpuBefore = ProcessFigures.cpuSeconds(process.pid());
        write(contestant, total);
        reader.join(PATIENCE_MS);
        if (!done.get()) {
            throw new IllegalStateException(
                    contestant.name() + " did not deliver all of " + total + " records");
        }
        double cpu = ProcessFigures.cpuSeconds(process.pid()) - cpuBefore;
        String at = " at " + RECORDS_PER_SECOND + "/s";
        figures.add(
                new Figures.Measure("end-to-end p50" + at, "ms", false),
                contestant,
                histogram.getValueAtPercentile(50) / 1e6);
        figures.add(
                new Figures.Measure("end-to-end p99" + at, "ms", false),
                contestant,
                histogram.getValueAtPercentile(99) / 1e6);
        figures.add(
                new Figures.Measure("end-to-end p99.9" + at, "ms", false),
                contestant,
                histogram.getValueAtPercentile(99.9) / 1e6);
        figures.add(
                new Figures.Measure("broker CPU" + at, "CPU s per million", false),
                contestant,
                cpu / total * 1e6);
        contestant.stop();
    }

    private static void write(Contestant contestant, int total) {
        Map<String, Object> config =
                Map.of("bootstrap.servers", contestant.bootstrap(), "acks", "all", "linger.ms", 0);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.partitionsFor(TOPIC);
            long start = nanos();
            long interval = 1_000_000_000L / RECORDS_PER_SECOND;
            for (int i = 0; i < total; i++) {
                long due = start + i * interval;
                while (due - nanos() > 0) {
                    LockSupport.parkNanos(due - nanos());
                }
                producer.send(
                        new ProducerRecord<>(
                                TOPIC, ByteBuffer.allocate(RECORD_BYTES).putLong(due).array()));
            }
        }
    }

    private static void read(
            Contestant contestant, Histogram histogram, int total, AtomicBoolean done) {
        Map<String, Object> config = Map.of("bootstrap.servers", contestant.bootstrap());
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = List.of(new TopicPartition(TOPIC, 0));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            int seen = 0;
            while (seen < total) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(100))) {
                    if (seen++ >= WARM_UP_SECONDS * RECORDS_PER_SECOND) {
                        histogram.recordValue(nanos() - ByteBuffer.wrap(record.value()).getLong());
                    }
                }
            }
            done.set(true);
        }
    }

    private static long nanos() {
        return System.nanoTime(); // gate: measures real time
    }
}
