package io.millrace.system.faults;

import io.millrace.simulation.history.Isolation;
import io.millrace.simulation.history.Recorder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Reads a topic from its start, follows its end for a while, and begins again. */
final class ReadWork extends Work {
    private static final long SESSION_SECONDS = 15;

    private final String bootstrap;
    private final Recorder recorder;
    private final List<TopicPartition> partitions;
    private final Isolation isolation;
    private int sessions;

    ReadWork(
            String name,
            String bootstrap,
            Recorder recorder,
            List<TopicPartition> partitions,
            Isolation isolation) {
        super(name);
        this.bootstrap = bootstrap;
        this.recorder = recorder;
        this.partitions = partitions;
        this.isolation = isolation;
    }

    @Override
    void work() {
        while (!isFinishing()) {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SESSION_SECONDS);
            try (KafkaConsumer<String, String> consumer = consumer(bootstrap, isolation)) {
                Reading reading = start(consumer, name(), sessions++, false);
                while (!isFinishing() && System.nanoTime() < until) {
                    reading.poll(Duration.ofMillis(200));
                }
            } catch (KafkaException e) {
                Pause.millis(50); // the next session begins anew
            }
        }
    }

    private Reading start(
            KafkaConsumer<String, String> consumer, String process, int session, boolean last) {
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Reading reading = new Reading(consumer, recorder, process, isolation, null, last);
        for (TopicPartition partition : partitions) {
            reading.startAt(partition, consumer.position(partition), process + "/" + session);
        }
        return reading;
    }

    /** The last reads: everything there is, once all is whole again. */
    void readAll(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        try (KafkaConsumer<String, String> consumer = consumer(bootstrap, isolation)) {
            Reading reading = start(consumer, name() + "-last", 0, true);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(p -> reading.position(p) < ends.get(p))) {
                reading.poll(Duration.ofMillis(200));
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "the last read of "
                                    + ends
                                    + " is only at "
                                    + partitions.stream().map(reading::position).toList()
                                    + " after "
                                    + patience);
                }
            }
        }
    }

    static KafkaConsumer<String, String> consumer(String bootstrap, Isolation isolation) {
        Properties config = ClientSettings.common(bootstrap);
        config.put("isolation.level", isolation.name().toLowerCase(Locale.ROOT));
        return ClientSettings.consumer(config);
    }
}
