package io.millrace.system.faults;

import io.millrace.simulation.history.Answer;
import io.millrace.simulation.history.Call;
import io.millrace.simulation.history.Isolation;
import io.millrace.simulation.history.Probe;
import io.millrace.simulation.history.Recorder;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** A member of a group: reads, processes, then commits; leaves and comes back now and then. */
final class GroupWork extends Work {
    private static final int MIN_LIFE_SECONDS = 8;
    private static final int MAX_LIFE_SECONDS = 25;

    private final String bootstrap;
    private final Recorder recorder;
    private final String topic;
    private final String group;
    private final SplittableRandom random;
    private int sessions;

    GroupWork(
            String name,
            String bootstrap,
            Recorder recorder,
            String topic,
            String group,
            long seed) {
        super(name);
        this.bootstrap = bootstrap;
        this.recorder = recorder;
        this.topic = topic;
        this.group = group;
        this.random = new SplittableRandom(seed);
    }

    @Override
    void work() {
        while (!isFinishing()) {
            long life = random.nextInt(MIN_LIFE_SECONDS, MAX_LIFE_SECONDS);
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(life);
            Properties config = ClientSettings.common(bootstrap);
            config.put("group.id", group);
            config.put("session.timeout.ms", "6000");
            config.put("heartbeat.interval.ms", "1000");
            KafkaConsumer<String, String> consumer = ClientSettings.consumer(config);
            try {
                Reading reading =
                        new Reading(
                                consumer,
                                recorder,
                                name(),
                                Isolation.READ_UNCOMMITTED,
                                group,
                                false);
                consumer.subscribe(List.of(topic), new Assignment(consumer, reading));
                while (!isFinishing() && System.nanoTime() < until) {
                    reading.poll(Duration.ofMillis(200));
                    commit(consumer, reading);
                }
            } catch (KafkaException e) {
                Pause.millis(50);
            } finally {
                consumer.close(
                        org.apache.kafka.clients.consumer.CloseOptions.timeout(
                                Duration.ofSeconds(3)));
            }
        }
    }

    private void commit(KafkaConsumer<String, String> consumer, Reading reading) {
        Map<String, Long> told = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (TopicPartition partition : consumer.assignment()) {
            if (reading.follows(partition)) {
                told.put(partition.toString(), reading.position(partition));
                offsets.put(partition, new OffsetAndMetadata(reading.position(partition)));
            }
        }
        if (offsets.isEmpty()) {
            return;
        }
        long operation =
                recorder.invoke(
                        name(),
                        new Call.Commit(
                                group,
                                consumer.groupMetadata().memberId(),
                                consumer.groupMetadata().generationId(),
                                told,
                                false));
        try {
            consumer.commitSync(offsets);
            recorder.ok(name(), operation, new Answer.Done());
        } catch (KafkaException e) {
            recorder.info(name(), operation, e.toString());
        }
    }

    private final class Assignment implements ConsumerRebalanceListener {
        private final KafkaConsumer<String, String> consumer;
        private final Reading reading;

        Assignment(KafkaConsumer<String, String> consumer, Reading reading) {
            this.consumer = consumer;
            this.reading = reading;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            partitions.forEach(reading::end);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            TreeSet<String> whole = new TreeSet<>();
            consumer.assignment().forEach(partition -> whole.add(partition.toString()));
            recorder.note(
                    name(),
                    new Probe.Assigned(
                            group,
                            consumer.groupMetadata().memberId(),
                            consumer.groupMetadata().generationId(),
                            whole));
            String session = name() + "/" + sessions++;
            for (TopicPartition partition : partitions) {
                reading.startAt(partition, consumer.position(partition), session);
            }
        }
    }
}
