package io.millrace.streams.runtime;

import io.millrace.base.time.Clock;
import io.millrace.clients.Headers;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.streams.state.Bytes;
import io.millrace.streams.storage.DiskSlice;
import io.millrace.streams.storage.Rows;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changelog of one store of one task: restores the store's rows from it, then takes the last
 * value of every changed key at each commit. Owned by the task's thread.
 */
final class Changelog {
    private static final Logger LOGGER = LoggerFactory.getLogger(Changelog.class);

    /** Half of the time a compacted topic keeps tombstones: older disk state may lack deletions. */
    private static final long MAX_DISK_AGE_MS = TimeUnit.HOURS.toMillis(12);

    private static final int SAVE_EVERY = 100_000;

    private final TopicPartition partition;
    private final Rows rows;
    private final Producer<byte[], byte[]> producer;
    private final OrderedAcks acks;

    private Changelog(
            TopicPartition partition,
            Rows rows,
            Producer<byte[], byte[]> producer,
            OrderedAcks acks) {
        this.partition = partition;
        this.rows = rows;
        this.producer = producer;
        this.acks = acks;
    }

    /**
     * Brings a store up to date: what is on disk, plus the rows behind it that count. A key whose
     * last record does not count is written again at the next commit, so that compaction, which
     * keeps last records, keeps the right one.
     */
    static Changelog restore(
            TopicPartition partition,
            Rows rows,
            Lineage lineage,
            LogTail reader,
            Producer<byte[], byte[]> producer,
            Clock clock) {
        LogTail.Bounds bounds = reader.bounds(partition);
        long from = bounds.start();
        DiskSlice.Position saved = rows.disk().position();
        if (saved != null) {
            boolean usable =
                    saved.changelogOffset() <= bounds.end()
                            && clock.wallMs() - saved.savedAtMs() < MAX_DISK_AGE_MS;
            if (usable) {
                from = Math.max(from, saved.changelogOffset());
            } else {
                LOGGER.atWarn()
                        .addKeyValue("changelog", partition)
                        .addKeyValue("savedOffset", saved.changelogOffset())
                        .addKeyValue("endOffset", bounds.end())
                        .log("state on disk is too old or of another changelog; restoring all");
                rows.wipe();
            }
        }
        Restoring restoring = new Restoring(rows, lineage, clock);
        long end = reader.read(partition, from, restoring::apply);
        restoring.suspects.forEach(key -> rows.heal(key.get()));
        LOGGER.atInfo()
                .addKeyValue("changelog", partition)
                .addKeyValue("fromOffset", from)
                .addKeyValue("endOffset", end)
                .addKeyValue("rows", restoring.applied)
                .addKeyValue("void", restoring.voided)
                .log("store restored");
        return new Changelog(partition, rows, producer, new OrderedAcks(partition, end));
    }

    /** Sends every row changed since the last call. */
    void write(Headers stamp) {
        rows.drainUnlogged(
                (key, value) ->
                        producer.send(
                                new ProducerRecord<>(
                                        partition.topic(),
                                        partition.partition(),
                                        null,
                                        key,
                                        value,
                                        stamp),
                                acks));
    }

    /** After a flush: throws unless all rows are in the log and nobody else writes there. */
    void check() {
        acks.check();
    }

    /** Writes committed rows to disk. */
    void save(long nowMs) {
        if (rows.disk().durable()) {
            rows.save(acks.next(), nowMs);
        }
    }

    Rows rows() {
        return rows;
    }

    /** The state of one restore. */
    private static final class Restoring {
        private final Rows rows;
        private final Lineage lineage;
        private final Clock clock;
        private final Set<Bytes> suspects = new HashSet<>();
        private long applied;
        private long voided;

        Restoring(Rows rows, Lineage lineage, Clock clock) {
            this.rows = rows;
            this.lineage = lineage;
            this.clock = clock;
        }

        void apply(ConsumerRecord<byte[], byte[]> record) {
            byte[] key = record.key();
            if (key == null) {
                return;
            }
            Stamp stamp = Stamp.find(record.headers(), Stamp.HEADER);
            if (stamp != null && !lineage.counts(stamp.fence(), stamp.epoch())) {
                suspects.add(new Bytes(key));
                voided++;
                return;
            }
            if (!suspects.isEmpty()) {
                suspects.remove(new Bytes(key));
            }
            rows.restore(key, record.value());
            applied++;
            // A suspect before the saved offset would be forgotten by a crash.
            if (applied % SAVE_EVERY == 0 && suspects.isEmpty() && rows.disk().durable()) {
                rows.save(record.offset() + 1, clock.wallMs());
            }
        }
    }
}
