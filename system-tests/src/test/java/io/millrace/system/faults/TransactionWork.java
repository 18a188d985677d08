package io.millrace.system.faults;

import io.millrace.simulation.history.Answer;
import io.millrace.simulation.history.Call;
import io.millrace.simulation.history.Recorder;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Writes transactions over several partitions, each with the next number as the offset of a group;
 * some are aborted on purpose.
 */
final class TransactionWork extends Work {
    static final int TIMEOUT_MS = 10_000;
    private static final int MAX_RECORDS = 6;
    private static final int PAUSE_MS = 30;
    private static final long COMMIT_PATIENCE_SECONDS = 60;

    private final String bootstrap;
    private final Recorder recorder;
    private final String topic;
    private final int partitions;
    private final SplittableRandom random;
    private ConsumerGroupMetadata groupMetadata;
    private int sessions;
    private long transactions;
    private long values;

    TransactionWork(
            String name,
            String bootstrap,
            Recorder recorder,
            String topic,
            int partitions,
            long seed) {
        super(name);
        this.bootstrap = bootstrap;
        this.recorder = recorder;
        this.topic = topic;
        this.partitions = partitions;
        this.random = new SplittableRandom(seed);
    }

    /** The group whose offsets this writer's transactions commit. */
    static String groupOf(String name) {
        return name + "-group";
    }

    /** The partition of those offsets; the topic need not exist for clients that only commit. */
    static TopicPartition inputOf(String topic) {
        return new TopicPartition(topic, 0);
    }

    /** A group whose consumers divide the work without the coordinator. */
    private ConsumerGroupMetadata groupOnItsOwn() {
        Properties config = ClientSettings.common(bootstrap);
        config.put("group.id", groupOf(name()));
        try (KafkaConsumer<String, String> consumer = ClientSettings.consumer(config)) {
            return consumer.groupMetadata();
        }
    }

    @Override
    void work() {
        groupMetadata = groupOnItsOwn();
        while (!isFinishing()) {
            Properties config = ClientSettings.common(bootstrap);
            config.put("transactional.id", name());
            config.put("transaction.timeout.ms", Integer.toString(TIMEOUT_MS));
            config.put("delivery.timeout.ms", "15000");
            KafkaProducer<String, String> producer = ClientSettings.producer(config);
            try {
                session(producer, name() + "/" + sessions++);
            } catch (KafkaException | IllegalStateException e) {
                Pause.millis(50); // the session is over; the next one fences it
            } finally {
                producer.close(Duration.ofSeconds(1));
            }
        }
    }

    private void session(KafkaProducer<String, String> producer, String session) {
        long init = recorder.invoke(name(), new Call.Init(name(), session));
        try {
            producer.initTransactions();
        } catch (KafkaException e) {
            recorder.info(name(), init, e.toString());
            throw e;
        }
        recorder.ok(name(), init, new Answer.Initialised(-1, -1));
        while (!isFinishing()) {
            transaction(producer, session, name() + "#" + transactions++);
            Pause.millis(PAUSE_MS);
        }
    }

    private void transaction(
            KafkaProducer<String, String> producer, String session, String transaction) {
        producer.beginTransaction();
        try {
            int count = 1 + random.nextInt(MAX_RECORDS);
            for (int i = 0; i < count; i++) {
                send(producer, session, transaction, random.nextInt(partitions));
            }
            offsets(producer, session, transaction);
            if (random.nextInt(5) == 0) {
                end(producer, session, transaction, false);
            } else {
                end(producer, session, transaction, true);
            }
        } catch (KafkaException e) {
            // Fatal errors throw again here and end the session.
            end(producer, session, transaction, false);
        }
    }

    private void send(
            KafkaProducer<String, String> producer,
            String session,
            String transaction,
            int partition) {
        String value = name() + "-" + values++;
        long operation =
                recorder.invoke(
                        name(),
                        new Call.Send(topic + "-" + partition, value, session, true, transaction));
        try {
            producer.send(
                    new ProducerRecord<>(topic, partition, null, value),
                    (metadata, error) -> {
                        if (error == null) {
                            recorder.ok(name(), operation, new Answer.Sent(metadata.offset()));
                        } else {
                            recorder.info(name(), operation, error.toString());
                        }
                    });
        } catch (KafkaException | IllegalStateException e) {
            recorder.info(name(), operation, "send: " + e);
            throw e;
        }
    }

    private void offsets(
            KafkaProducer<String, String> producer, String session, String transaction) {
        TopicPartition input = inputOf(topic);
        String group = groupOf(name());
        long operation =
                recorder.invoke(
                        name(),
                        new Call.TransactionOffsets(
                                transaction,
                                session,
                                group,
                                Map.of(input.toString(), transactions)));
        try {
            producer.sendOffsetsToTransaction(
                    Map.of(input, new OffsetAndMetadata(transactions)), groupMetadata);
            recorder.ok(name(), operation, new Answer.Done());
        } catch (KafkaException e) {
            recorder.info(name(), operation, e.toString());
            throw e;
        }
    }

    private void end(
            KafkaProducer<String, String> producer,
            String session,
            String transaction,
            boolean commit) {
        long operation = recorder.invoke(name(), new Call.End(transaction, session, commit));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(COMMIT_PATIENCE_SECONDS);
        while (true) {
            try {
                if (commit) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
                recorder.ok(name(), operation, new Answer.Done());
                return;
            } catch (TimeoutException e) {
                if (System.nanoTime() > deadline) {
                    recorder.info(name(), operation, e.toString());
                    throw new IllegalStateException("the end stays unknown", e);
                }
            } catch (KafkaException e) {
                recorder.info(name(), operation, e.toString());
                throw e;
            }
        }
    }
}
