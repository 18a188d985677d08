package io.millrace.system.faults;

import io.millrace.simulation.history.Answer;
import io.millrace.simulation.history.Call;
import io.millrace.simulation.history.Isolation;
import io.millrace.simulation.history.Recorder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Polls a consumer and writes down, per partition, from where to where it was shown what. */
final class Reading {
    private final KafkaConsumer<String, String> consumer;
    private final Recorder recorder;
    private final String process;
    private final Isolation isolation;
    private final String group;
    private final boolean last;
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private final Map<TopicPartition, String> sessions = new HashMap<>();

    /** Of the poll that runs or comes next. */
    private final Map<TopicPartition, Long> asked = new HashMap<>();

    /**
     * @param group or null
     */
    Reading(
            KafkaConsumer<String, String> consumer,
            Recorder recorder,
            String process,
            Isolation isolation,
            String group,
            boolean last) {
        this.consumer = consumer;
        this.recorder = recorder;
        this.process = process;
        this.isolation = isolation;
        this.group = group;
        this.last = last;
    }

    /** A new session of a partition begins, at this position; perhaps within a poll. */
    void startAt(TopicPartition partition, long position, String session) {
        positions.put(partition, position);
        sessions.put(partition, session);
        ask(partition);
    }

    void end(TopicPartition partition) {
        positions.remove(partition);
        sessions.remove(partition);
    }

    boolean follows(TopicPartition partition) {
        return positions.containsKey(partition);
    }

    long position(TopicPartition partition) {
        return positions.get(partition);
    }

    void poll(Duration patience) {
        positions.keySet().forEach(this::ask);
        ConsumerRecords<String, String> records = consumer.poll(patience);
        Map<TopicPartition, OffsetAndMetadata> next = records.nextOffsets();
        asked.forEach(
                (partition, operation) -> {
                    if (next.containsKey(partition) && positions.containsKey(partition)) {
                        shown(
                                partition,
                                operation,
                                records.records(partition),
                                next.get(partition).offset());
                    }
                });
        asked.clear();
    }

    private void ask(TopicPartition partition) {
        asked.put(
                partition,
                recorder.invoke(
                        process,
                        new Call.Poll(
                                partition.toString(),
                                sessions.get(partition),
                                isolation,
                                group,
                                null,
                                last)));
    }

    private void shown(
            TopicPartition partition,
            long operation,
            List<ConsumerRecord<String, String>> records,
            long next) {
        int count = records.size();
        long[] offsets = new long[count];
        String[] values = new String[count];
        long[] timestamps = new long[count];
        int[] epochs = new int[count];
        for (int i = 0; i < count; i++) {
            ConsumerRecord<String, String> record = records.get(i);
            offsets[i] = record.offset();
            values[i] = record.value();
            timestamps[i] = record.timestamp();
            epochs[i] = record.leaderEpoch().orElse(-1);
        }
        long from = positions.put(partition, next);
        recorder.ok(
                process,
                operation,
                new Answer.Records(from, next, offsets, values, timestamps, epochs));
    }
}
