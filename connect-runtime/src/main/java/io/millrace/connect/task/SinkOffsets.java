package io.millrace.connect.task;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.consumer.WakeupException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which offsets of a sink task are delivered and which are committed. Only what {@code preCommit}
 * returns is committed, and never more than was delivered. Owned by the task's thread.
 */
final class SinkOffsets {
    private static final Logger LOGGER = LoggerFactory.getLogger(SinkOffsets.class);

    private final String task;
    private final SinkParts parts;
    private final Consumer<byte[], byte[]> consumer;
    private final Runnable rewound;
    private final Map<TopicPartition, Long> delivered = new HashMap<>();
    private final Map<TopicPartition, Long> committed = new HashMap<>();

    /**
     * @param rewound called after the consumer was sent back to the committed offsets
     */
    SinkOffsets(String task, SinkParts parts, Runnable rewound) {
        this.task = task;
        this.parts = parts;
        this.consumer = parts.consumer();
        this.rewound = rewound;
    }

    void opened(TopicPartition partition, long position) {
        delivered.put(partition, position);
        committed.put(partition, position);
    }

    void delivered(Map<TopicPartition, Long> next) {
        delivered.putAll(next);
    }

    void rewind(TopicPartition partition, long offset) {
        delivered.put(partition, offset);
        committed.merge(partition, offset, Math::min);
    }

    /** Asks the task what is safe and commits it; a task that fails here is sent back. */
    void commit(boolean wait) {
        Map<TopicPartition, Long> safe;
        try {
            safe = preCommit(delivered);
        } catch (RuntimeException e) {
            LOGGER.atError()
                    .addKeyValue("task", task)
                    .addKeyValue("why", RootCause.line(e))
                    .log("preCommit failed; reading again from the last committed offsets");
            committed.forEach(consumer::seek);
            delivered.putAll(committed);
            rewound.run();
            return;
        }
        send(safe, wait);
    }

    private Map<TopicPartition, Long> preCommit(Map<TopicPartition, Long> offsets) {
        DeadLetters letters = parts.deadLetters();
        if (letters != null) {
            letters.await();
        }
        Map<
                        org.apache.kafka.common.TopicPartition,
                        org.apache.kafka.clients.consumer.OffsetAndMetadata>
                answer = parts.task().preCommit(Partitions.api(offsets));
        Map<TopicPartition, Long> safe = new HashMap<>();
        if (answer == null) {
            return safe;
        }
        answer.forEach(
                (partition, offset) -> {
                    TopicPartition ours = Partitions.ours(partition);
                    Long limit = delivered.get(ours);
                    if (limit == null || offset.offset() > limit) {
                        LOGGER.atWarn()
                                .addKeyValue("task", task)
                                .addKeyValue("partition", ours)
                                .addKeyValue("offset", offset.offset())
                                .addKeyValue("delivered", limit)
                                .log("task wants to commit what it was not given; left out");
                    } else if (!Long.valueOf(offset.offset()).equals(committed.get(ours))) {
                        safe.put(ours, offset.offset());
                    }
                });
        return safe;
    }

    private void send(Map<TopicPartition, Long> safe, boolean wait) {
        if (safe.isEmpty()) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        safe.forEach((partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
        if (wait) {
            try {
                commitDespiteWakeup(offsets);
                committed.putAll(safe);
            } catch (ClientException e) {
                LOGGER.atWarn()
                        .addKeyValue("task", task)
                        .addKeyValue("why", RootCause.line(e))
                        .log("offsets were not committed; records will be delivered again");
            }
            return;
        }
        consumer.commitAsync(
                offsets,
                (sent, error) -> {
                    if (error == null) {
                        safe.forEach((partition, offset) -> committed.replace(partition, offset));
                    } else {
                        LOGGER.atWarn()
                                .addKeyValue("task", task)
                                .addKeyValue("why", RootCause.line(error))
                                .log(
                                        "offsets were not committed; trying again at the next"
                                                + " interval");
                    }
                });
    }

    /**
     * The wakeup that ended the last poll may reach this call instead; the commit still has to
     * happen.
     */
    private void commitDespiteWakeup(Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            consumer.commitSync(offsets);
        } catch (WakeupException woken) {
            consumer.commitSync(offsets);
        }
    }

    /** Commits (if still possible) and closes partitions that go away. */
    void close(Collection<TopicPartition> partitions, boolean commit) {
        Map<TopicPartition, Long> safe = Map.of();
        try {
            if (commit) {
                Map<TopicPartition, Long> going = new HashMap<>(delivered);
                going.keySet().retainAll(partitions);
                safe = preCommit(going);
            }
        } catch (RuntimeException e) {
            LOGGER.atWarn()
                    .addKeyValue("task", task)
                    .addKeyValue("why", RootCause.line(e))
                    .log("preCommit failed while closing; records will be delivered again");
        }
        try {
            parts.task().close(Partitions.api(partitions));
        } finally {
            send(safe, true);
            delivered.keySet().removeAll(partitions);
            committed.keySet().removeAll(partitions);
        }
    }
}
