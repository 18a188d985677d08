package io.millrace.connectors.jdbc.sink;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jdbi.v3.core.Handle;

/**
 * Table {@code millrace_sink_offsets}: per connector and partition the next offset to apply,
 * written in the transaction of the rows. The row is locked first, so that of two tasks that hold a
 * partition (one of them a zombie) the second sees what the first has applied. Stateless but for
 * the name.
 */
final class OffsetTable {
    private static final String CREATE =
            """
            CREATE TABLE IF NOT EXISTS millrace_sink_offsets (
                connector text NOT NULL, topic text NOT NULL, partition integer NOT NULL,
                next_offset bigint NOT NULL, PRIMARY KEY (connector, topic, partition))
            """;
    private static final String LOCK =
            """
            INSERT INTO millrace_sink_offsets VALUES (?, ?, ?, 0)
            ON CONFLICT (connector, topic, partition)
            DO UPDATE SET next_offset = millrace_sink_offsets.next_offset
            RETURNING next_offset
            """;
    private static final String STORE =
            """
            UPDATE millrace_sink_offsets SET next_offset = ?
            WHERE connector = ? AND topic = ? AND partition = ?
            """;
    private static final String READ =
            """
            SELECT next_offset FROM millrace_sink_offsets
            WHERE connector = ? AND topic = ? AND partition = ?
            """;

    private final String connector;

    OffsetTable(String connector) {
        this.connector = connector;
    }

    void create(Handle handle) {
        handle.execute(CREATE);
    }

    /** Where to continue, for the partitions that have been written before. */
    Map<TopicPartition, Long> read(Handle handle, Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> next = new HashMap<>();
        for (TopicPartition partition : partitions) {
            handle.createQuery(READ)
                    .bind(0, connector)
                    .bind(1, partition.topic())
                    .bind(2, partition.partition())
                    .mapTo(Long.class)
                    .findFirst()
                    .ifPresent(offset -> next.put(partition, offset));
        }
        return next;
    }

    /** Locks the partitions' rows and leaves out the records that are in the tables already. */
    List<SinkRecord> notYetApplied(Handle handle, List<SinkRecord> records) {
        Map<TopicPartition, Long> next = new HashMap<>();
        List<SinkRecord> pending = new ArrayList<>(records.size());
        for (SinkRecord record : records) {
            TopicPartition partition = new TopicPartition(record.topic(), record.kafkaPartition());
            long stored = next.computeIfAbsent(partition, key -> lock(handle, key));
            if (record.kafkaOffset() >= stored) {
                pending.add(record);
            }
        }
        return pending;
    }

    private long lock(Handle handle, TopicPartition partition) {
        return handle.createQuery(LOCK)
                .bind(0, connector)
                .bind(1, partition.topic())
                .bind(2, partition.partition())
                .mapTo(Long.class)
                .one();
    }

    void store(Handle handle, List<SinkRecord> applied) {
        Map<TopicPartition, Long> next = new HashMap<>();
        for (SinkRecord record : applied) {
            TopicPartition partition = new TopicPartition(record.topic(), record.kafkaPartition());
            next.merge(partition, record.kafkaOffset() + 1, Math::max);
        }
        next.forEach(
                (partition, offset) ->
                        handle.createUpdate(STORE)
                                .bind(0, offset)
                                .bind(1, connector)
                                .bind(2, partition.topic())
                                .bind(3, partition.partition())
                                .execute());
    }
}
