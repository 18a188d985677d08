package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Three brokers, replication 3, min ISR 2, acks=all: produces as fast as Apache's producer can,
 * then at a steady rate, for which the time until the acknowledgement counts. CPU is that of all
 * processes of the cluster.
 */
final class ReplicatedWorkload {
    private static final String TOPIC = "load";
    private static final int PARTITIONS = 6;
    private static final int BROKERS = 3;
    private static final int RECORDS_PER_SECOND = 2_000;
    private static final int WARM_UP_SECONDS = 3;
    private static final int SECONDS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final String name;
    private final String label;
    private final int records;
    private final byte[] value;
    private final boolean flushed;

    /**
     * @param records how many count; a tenth of it more warms up
     * @param flushed whether every acknowledgement waits for the disks
     */
    ReplicatedWorkload(int recordBytes, int records, boolean flushed) {
        this.name = "replicated-" + recordBytes + (flushed ? "-flushed" : "");
        this.label = recordBytes + " B x3" + (flushed ? ", flushed" : "");
        this.records = records;
        this.value = Payload.of(recordBytes);
        this.flushed = flushed;
    }

    /** For {@code --workload}. */
    String name() {
        return name;
    }

    void run(ClusterContestant cluster, Figures figures) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
            awaitBrokers(cluster, admin);
            Map<String, String> config = new HashMap<>(Map.of("min.insync.replicas", "2"));
            if (flushed) {
                config.putAll(cluster.flushedTopic());
            }
            admin.createTopics(
                            List.of(
                                    new NewTopic(TOPIC, PARTITIONS, (short) BROKERS)
                                            .configs(config)))
                    .all()
                    .get();
            awaitReplicas(cluster, admin);
        }
        produce(cluster, records / 10);
        measureThroughput(cluster, figures);
        measureLatency(cluster, figures);
        double resident = 0;
        for (PeerProcess process : cluster.processes()) {
            resident += ProcessFigures.residentMib(process.pid());
        }
        figures.add(
                new Figures.Measure("resident memory, all, " + label, "MiB", false),
                cluster.name(),
                resident);
    }

    private static double cpuSeconds(ClusterContestant cluster) {
        return cluster.processes().stream()
                .mapToDouble(process -> ProcessFigures.cpuSeconds(process.pid()))
                .sum();
    }

    private static void awaitBrokers(ClusterContestant cluster, Admin admin) throws Exception {
        await(
                cluster,
                "three brokers",
                () -> admin.describeCluster().nodes().get(5, TimeUnit.SECONDS).size() == BROKERS);
    }

    private static void awaitReplicas(ClusterContestant cluster, Admin admin) throws Exception {
        await(
                cluster,
                "all replicas in sync",
                () ->
                        admin
                                .describeTopics(List.of(TOPIC))
                                .allTopicNames()
                                .get(5, TimeUnit.SECONDS)
                                .values()
                                .stream()
                                .flatMap(topic -> topic.partitions().stream())
                                .allMatch(partition -> partition.isr().size() == BROKERS));
    }

    /** Something that a cluster says about itself. */
    private interface Condition {
        boolean holds() throws ExecutionException, InterruptedException, TimeoutException;
    }

    private static void await(ClusterContestant cluster, String what, Condition condition)
            throws InterruptedException {
        long deadline = nanos() + PATIENCE.toNanos();
        Exception last = null;
        while (nanos() < deadline) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (ExecutionException | TimeoutException notYet) {
                last = notYet;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new IllegalStateException(
                cluster.name() + ": no " + what + " after " + PATIENCE, last);
    }

    private void measureThroughput(ClusterContestant cluster, Figures figures) {
        double cpuBefore = cpuSeconds(cluster);
        long before = nanos();
        produce(cluster, records);
        double seconds = (nanos() - before) / 1e9;
        double cpu = cpuSeconds(cluster) - cpuBefore;
        figures.add(
                new Figures.Measure("produce " + label, "records/s", true),
                cluster.name(),
                records / seconds);
        figures.add(
                new Figures.Measure(
                        "produce " + label + ", CPU of all", "CPU s per million", false),
                cluster.name(),
                cpu / records * 1e6);
    }

    private void measureLatency(ClusterContestant cluster, Figures figures) {
        Histogram times = new ConcurrentHistogram(3);
        double cpuBefore = cpuSeconds(cluster);
        int total = (WARM_UP_SECONDS + SECONDS) * RECORDS_PER_SECOND;
        pace(cluster, times, total);
        double cpu = cpuSeconds(cluster) - cpuBefore;
        String at = " at " + RECORDS_PER_SECOND + "/s, " + label;
        for (double percentile : new double[] {50, 99}) {
            figures.add(
                    new Figures.Measure("acknowledged p" + (int) percentile + at, "ms", false),
                    cluster.name(),
                    times.getValueAtPercentile(percentile) / 1e6);
        }
        figures.add(
                new Figures.Measure("CPU of all" + at, "CPU s per million", false),
                cluster.name(),
                cpu / total * 1e6);
    }

    private KafkaProducer<byte[], byte[]> producer(ClusterContestant cluster, int lingerMs) {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        cluster.bootstrap(),
                        "acks",
                        "all",
                        "enable.idempotence",
                        true,
                        "linger.ms",
                        lingerMs,
                        "batch.size",
                        65_536);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private void produce(ClusterContestant cluster, int count) {
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = producer(cluster, 5)) {
            for (int i = 0; i < count; i++) {
                producer.send(
                        new ProducerRecord<>(TOPIC, i % PARTITIONS, null, value),
                        (metadata, problem) -> {
                            if (problem != null) {
                                failure.compareAndSet(null, problem);
                            }
                        });
            }
            producer.flush();
        }
        check(cluster, failure.get());
    }

    /** Times count from when a record was due, so that a stalled producer does not hide a stall. */
    private void pace(ClusterContestant cluster, Histogram times, int total) {
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer = producer(cluster, 0)) {
            producer.partitionsFor(TOPIC);
            long start = nanos();
            long interval = 1_000_000_000L / RECORDS_PER_SECOND;
            for (int i = 0; i < total; i++) {
                long due = start + i * interval;
                boolean counts = i >= WARM_UP_SECONDS * RECORDS_PER_SECOND;
                while (due - nanos() > 0) {
                    LockSupport.parkNanos(due - nanos());
                }
                producer.send(
                        new ProducerRecord<>(TOPIC, i % PARTITIONS, null, value),
                        (metadata, problem) -> {
                            if (problem != null) {
                                failure.compareAndSet(null, problem);
                            } else if (counts) {
                                times.recordValue(nanos() - due);
                            }
                        });
            }
            producer.flush();
        }
        check(cluster, failure.get());
    }

    private static void check(ClusterContestant cluster, @Nullable Exception problem) {
        if (problem != null) {
            throw new IllegalStateException(cluster.name() + " refused a record", problem);
        }
    }

    private static long nanos() {
        return System.nanoTime(); // gate: measures real time
    }
}
