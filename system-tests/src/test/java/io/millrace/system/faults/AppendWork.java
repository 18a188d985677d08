package io.millrace.system.faults;

import io.millrace.simulation.history.Answer;
import io.millrace.simulation.history.Call;
import io.millrace.simulation.history.Recorder;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;

/** Appends unique values with acks=all, several in flight. */
final class AppendWork extends Work {
    private static final int PAUSE_MS = 10;
    private static final int SESSION_RECORDS = 4_000;

    private final String bootstrap;
    private final Recorder recorder;
    private final String topic;
    private final int partitions;
    private final boolean idempotent;
    private int sessions;
    private long values;

    AppendWork(
            String name,
            String bootstrap,
            Recorder recorder,
            String topic,
            int partitions,
            boolean idempotent) {
        super(name);
        this.bootstrap = bootstrap;
        this.recorder = recorder;
        this.topic = topic;
        this.partitions = partitions;
        this.idempotent = idempotent;
    }

    @Override
    void work() {
        while (!isFinishing()) {
            Properties config = ClientSettings.common(bootstrap);
            config.put("enable.idempotence", Boolean.toString(idempotent));
            KafkaProducer<String, String> producer = ClientSettings.producer(config);
            try {
                session(producer, name() + "/" + sessions++);
            } finally {
                producer.close(Duration.ofSeconds(40));
            }
        }
    }

    private void session(KafkaProducer<String, String> producer, String session) {
        AtomicReference<Exception> fatal = new AtomicReference<>();
        for (int i = 0; i < SESSION_RECORDS && !isFinishing() && fatal.get() == null; i++) {
            int partition = (int) (values % partitions);
            String value = name() + "-" + values++;
            long operation =
                    recorder.invoke(
                            name(),
                            new Call.Send(
                                    topic + "-" + partition, value, session, idempotent, null));
            try {
                producer.send(
                        new ProducerRecord<>(topic, partition, null, value),
                        (metadata, error) -> {
                            if (error == null) {
                                recorder.ok(name(), operation, new Answer.Sent(metadata.offset()));
                            } else {
                                recorder.info(name(), operation, error.toString());
                                if (!(error instanceof TimeoutException)) {
                                    fatal.set(error);
                                }
                            }
                        });
            } catch (KafkaException | IllegalStateException e) {
                recorder.info(name(), operation, "send: " + e);
                fatal.set(e);
            }
            Pause.millis(PAUSE_MS);
        }
    }
}
