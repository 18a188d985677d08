package io.millrace.system;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A program that writes transactions until it is killed, and notes in a journal what it was told:
 * {@code ready}, {@code committing NAME}, {@code committed NAME}, {@code aborted NAME}, and {@code
 * fenced NAME} when it was slower than its timeout, which ends it. Each record says {@code NAME
 * index size}, and {@code abort} behind it if the writer means to abort. With the records it
 * commits its own number as the offset of a group.
 */
final class TransactionalWriter {
    static final String TOPIC = "ledger";
    static final int PARTITIONS = 3;
    static final String GROUP = "ledger-group";
    static final TopicPartition POSITION = new TopicPartition("ledger-input", 0);
    private static final int MAX_RECORDS = 20;

    /** Offsets of a later run are higher than those of any earlier. */
    static final long OFFSETS_PER_RUN = 1_000_000;

    private final KafkaProducer<String, String> producer;
    private final ConsumerGroupMetadata group;
    private final OutputStream journal;
    private final Random random;
    private final int run;

    private TransactionalWriter(
            KafkaProducer<String, String> producer,
            ConsumerGroupMetadata group,
            OutputStream journal,
            int run,
            long seed) {
        this.producer = producer;
        this.group = group;
        this.journal = journal;
        this.run = run;
        this.random = new Random(seed);
    }

    /** Arguments: bootstrap, transactional id, timeout in ms, journal, number of the run, seed. */
    public static void main(String[] arguments) throws IOException {
        Properties config = new Properties();
        config.put("bootstrap.servers", arguments[0]);
        config.put("transactional.id", arguments[1]);
        config.put("transaction.timeout.ms", arguments[2]);
        config.put("linger.ms", "1");
        config.put("batch.size", "500");
        config.put("reconnect.backoff.max.ms", "200");
        try (OutputStream journal = new FileOutputStream(arguments[3], true);
                KafkaProducer<String, String> producer =
                        new KafkaProducer<>(
                                config, new StringSerializer(), new StringSerializer())) {
            new TransactionalWriter(
                            producer,
                            groupOnItsOwn(arguments[0]),
                            journal,
                            Integer.parseInt(arguments[4]),
                            Long.parseLong(arguments[5]))
                    .run();
        }
    }

    /** A group whose consumers divide the work without the coordinator. */
    private static ConsumerGroupMetadata groupOnItsOwn(String bootstrap) {
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        config.put("group.id", GROUP);
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            return consumer.groupMetadata();
        }
    }

    private void run() throws IOException {
        producer.initTransactions();
        note("ready");
        for (int number = 0; ; number++) {
            write(number);
        }
    }

    private void write(int number) throws IOException {
        String name = run + "-" + number;
        boolean abort = random.nextInt(4) == 0;
        int size = 1 + random.nextInt(MAX_RECORDS);
        try {
            producer.beginTransaction();
            for (int i = 0; i < size; i++) {
                String value = name + " " + i + " " + size + (abort ? " abort" : "");
                producer.send(new ProducerRecord<>(TOPIC, random.nextInt(PARTITIONS), null, value));
                if (random.nextInt(10) == 0) {
                    producer.flush();
                }
            }
            producer.sendOffsetsToTransaction(
                    Map.of(POSITION, new OffsetAndMetadata(run * OFFSETS_PER_RUN + number)), group);
            if (abort) {
                producer.abortTransaction();
                note("aborted " + name);
            } else {
                note("committing " + name);
                producer.commitTransaction();
                note("committed " + name);
            }
        } catch (ProducerFencedException e) {
            note("fenced " + name);
            throw e;
        } catch (RuntimeException e) {
            note("failed " + name + " " + e);
            producer.abortTransaction();
        }
    }

    private void note(String line) throws IOException {
        journal.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
