package io.millrace.streams.runtime;

import io.millrace.clients.Headers;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.streams.task.Murmur2;
import io.millrace.streams.task.RecordCollector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Sends what one task writes. Records for other tasks carry the stamp of the commit they belong to,
 * and the partitions they went to are remembered for its marks. Owned by the task's thread.
 */
final class TaskOutput implements RecordCollector {
    private final Producer<byte[], byte[]> producer;
    private final SendFailures failures;
    private final boolean stamping;
    private final Map<String, boolean[]> written = new HashMap<>();
    private final Map<String, Integer> partitionCounts = new HashMap<>();
    private io.millrace.clients.Header stamp =
            new io.millrace.clients.Header(Stamp.HEADER, new byte[0]);
    private Headers stampOnly = Headers.EMPTY;
    private int nextPartition;

    /**
     * @param stamping false for at least once: records count downstream as they come
     */
    TaskOutput(Producer<byte[], byte[]> producer, SendFailures failures, boolean stamping) {
        this.producer = producer;
        this.failures = failures;
        this.stamping = stamping;
    }

    /** From now on records belong to this commit. */
    void begin(Stamp commit) {
        stamp = new io.millrace.clients.Header(Stamp.HEADER, commit.toBytes());
        stampOnly = Headers.of(stamp);
        written.clear();
    }

    /** Header of the present commit, for changelogs. */
    Headers stampOnly() {
        return stampOnly;
    }

    @Override
    public int partitionCount(String topic) {
        return partitionCounts.computeIfAbsent(topic, name -> producer.partitionsFor(name).size());
    }

    @Override
    public void send(Output output) {
        Integer partition = output.partition();
        if (output.internal()) {
            int count = partitionCount(output.topic());
            byte[] key = output.key();
            if (partition == null) {
                partition =
                        key == null
                                ? Math.floorMod(nextPartition++, count)
                                : Murmur2.partition(key, count);
            }
            written.computeIfAbsent(output.topic(), topic -> new boolean[count])[partition] = true;
        }
        producer.send(
                new ProducerRecord<>(
                        output.topic(),
                        partition,
                        output.timestamp(),
                        output.key(),
                        output.value(),
                        headers(output)),
                failures);
    }

    private Headers headers(Output output) {
        io.millrace.streams.header.Headers own = output.headers();
        boolean stamped = stamping && output.internal();
        if (own == null || own.isEmpty()) {
            return stamped ? stampOnly : Headers.EMPTY;
        }
        List<io.millrace.clients.Header> all = new ArrayList<>(own.size() + 1);
        own.forEach(
                header -> all.add(new io.millrace.clients.Header(header.key(), header.value())));
        if (stamped) {
            all.add(stamp);
        }
        return Headers.of(all);
    }

    /** Partitions of repartition topics written since {@link #begin}. */
    List<TopicPartition> marked() {
        List<TopicPartition> partitions = new ArrayList<>();
        if (stamping) {
            written.forEach(
                    (topic, flags) -> {
                        for (int i = 0; i < flags.length; i++) {
                            if (flags[i]) {
                                partitions.add(new TopicPartition(topic, i));
                            }
                        }
                    });
        }
        return partitions;
    }

    /** Says in those partitions that a commit is done. */
    void sendMarks(Mark mark, Iterable<TopicPartition> partitions) {
        Headers headers = Headers.of(new io.millrace.clients.Header(Mark.HEADER, mark.toBytes()));
        for (TopicPartition partition : partitions) {
            producer.send(
                    new ProducerRecord<>(
                            partition.topic(), partition.partition(), null, null, null, headers),
                    failures);
        }
    }

    /** All partitions of a topic. */
    List<TopicPartition> partitionsOf(String topic) {
        List<TopicPartition> all = new ArrayList<>();
        for (int i = 0; i < partitionCount(topic); i++) {
            all.add(new TopicPartition(topic, i));
        }
        return all;
    }
}
