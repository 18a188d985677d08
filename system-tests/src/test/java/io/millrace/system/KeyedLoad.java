package io.millrace.system;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;

/**
 * Writes values and tombstones for random keys with several of Apache's producers at once: an
 * idempotent one for each of some codecs, and a transactional one of which some transactions are
 * aborted. Each has keys of its own, so what was sent last and counts is known.
 */
final class KeyedLoad implements AutoCloseable {
    private static final List<String> CODECS = List.of("none", "lz4", "zstd");
    private static final int KEYS_PER_WRITER = 4_000;
    private static final int TRANSACTION_RECORDS = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private final String bootstrap;
    private final String topic;
    private final int partitions;
    private final long seed;
    private final AtomicInteger settled = new AtomicInteger();
    private final Queue<Exception> failures = new ConcurrentLinkedQueue<>();
    private final List<Writer> writers = new ArrayList<>();

    KeyedLoad(String bootstrap, String topic, int partitions, long seed) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.partitions = partitions;
        this.seed = seed;
    }

    /** Begins to send this many records, of all writers together. */
    void start(int records) {
        int count = CODECS.size() + 1;
        for (int i = 0; i < count; i++) {
            boolean transactional = i == CODECS.size();
            String codec = transactional ? "none" : CODECS.get(i);
            writers.add(new Writer(i, codec, transactional, records / count + 1));
        }
        writers.forEach(writer -> writer.thread.start());
    }

    int sent() {
        return writers.stream().mapToInt(writer -> writer.sent).sum();
    }

    List<Exception> failures() {
        return List.copyOf(failures);
    }

    /** Waits until so many records have been acknowledged, or belong to an ended transaction. */
    void awaitSettled(int count) {
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> settled.get() >= count || !failures.isEmpty());
    }

    void awaitEnd() throws InterruptedException {
        for (Writer writer : writers) {
            writer.thread.join();
        }
    }

    /** Last value of every key. */
    Map<String, String> expected() {
        Map<String, String> all = new TreeMap<>();
        writers.forEach(writer -> all.putAll(writer.table));
        return all;
    }

    /** Records of another key, enough to begin new segments in every partition. */
    void writeFiller() {
        try (KafkaProducer<byte[], byte[]> producer = producer("none", Map.of())) {
            for (int i = 0; i < 8; i++) {
                for (int partition = 0; partition < partitions; partition++) {
                    byte[] value = new byte[200_000];
                    java.util.Arrays.fill(value, (byte) 'x');
                    producer.send(
                            new ProducerRecord<>(
                                    topic,
                                    partition,
                                    ("filler-" + partition).getBytes(StandardCharsets.US_ASCII),
                                    value));
                }
            }
        }
    }

    private KafkaProducer<byte[], byte[]> producer(String codec, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("acks", "all");
        config.put("enable.idempotence", true);
        config.put("compression.type", codec);
        config.put("linger.ms", 2);
        config.put("delivery.timeout.ms", 240_000);
        config.put("request.timeout.ms", 10_000);
        config.put("max.block.ms", 240_000);
        config.put("buffer.memory", 4 << 20);
        config.put("reconnect.backoff.max.ms", 200);
        config.putAll(more);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void close() {
        writers.forEach(writer -> writer.stop = true);
    }

    private final class Writer {
        private final int index;
        private final String codec;
        private final boolean transactional;
        private final int records;
        private final Random random;
        private final Map<String, String> table = new HashMap<>();
        private final Thread thread;
        private volatile boolean stop;
        private volatile int sent;

        Writer(int index, String codec, boolean transactional, int records) {
            this.index = index;
            this.codec = codec;
            this.transactional = transactional;
            this.records = records;
            this.random = new Random(seed + index);
            this.thread = new Thread(this::run, "writer-" + index);
        }

        private void run() {
            Map<String, Object> more =
                    transactional
                            ? Map.of(
                                    "transactional.id",
                                    "load-" + index,
                                    "transaction.timeout.ms",
                                    60_000)
                            : Map.of();
            try (KafkaProducer<byte[], byte[]> producer = producer(codec, more)) {
                if (transactional) {
                    producer.initTransactions();
                    while (sent < records && !stop) {
                        transaction(producer);
                    }
                } else {
                    while (sent < records && !stop) {
                        send(producer, table);
                    }
                    producer.flush();
                }
            } catch (KafkaException e) {
                failures.add(e);
            }
        }

        private void transaction(KafkaProducer<byte[], byte[]> producer) {
            Map<String, String> changed = new HashMap<>();
            boolean abort = random.nextInt(4) == 0;
            producer.beginTransaction();
            for (int i = 0; i < TRANSACTION_RECORDS; i++) {
                send(producer, changed);
            }
            if (abort) {
                producer.flush();
                producer.abortTransaction();
            } else {
                producer.commitTransaction();
                changed.forEach(
                        (key, value) -> {
                            if (value.isEmpty()) {
                                table.remove(key);
                            } else {
                                table.put(key, value);
                            }
                        });
            }
        }

        /** Sends one record; a tombstone is an empty text in the changes of a transaction. */
        private void send(KafkaProducer<byte[], byte[]> producer, Map<String, String> changes) {
            String key = "key-" + index + "-" + random.nextInt(KEYS_PER_WRITER);
            boolean tombstone = random.nextInt(10) == 0;
            String value = Integer.toString(sent);
            if (tombstone && !transactional) {
                changes.remove(key);
            } else {
                changes.put(key, tombstone ? "" : value);
            }
            byte[] bytes =
                    tombstone
                            ? null
                            : (value + " ".repeat(1 + random.nextInt(60)))
                                    .getBytes(StandardCharsets.US_ASCII);
            Callback callback =
                    (metadata, failure) -> {
                        if (failure == null) {
                            settled.incrementAndGet();
                        } else {
                            failures.add(failure);
                        }
                    };
            int partition = Math.floorMod(key.hashCode(), partitions);
            producer.send(
                    new ProducerRecord<>(
                            topic, partition, key.getBytes(StandardCharsets.US_ASCII), bytes),
                    callback);
            sent++;
        }
    }
}
