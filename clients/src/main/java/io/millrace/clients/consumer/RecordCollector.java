package io.millrace.clients.consumer;

import io.millrace.clients.ClientException;
import io.millrace.clients.LogTruncatedException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.serde.Deserializer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what was fetched into the records of one poll, partition by partition, and reacts to what
 * fetching found out. Of the polling thread.
 */
final class RecordCollector<K, V> implements FetchEvents {
    private static final Logger LOGGER = LoggerFactory.getLogger(RecordCollector.class);

    private final ClusterClient cluster;
    private final ConsumerConfig config;
    private final AssignedPartitions assigned;
    private final Deserializer<K> keys;
    private final Deserializer<V> values;
    private final Map<TopicPartition, RecordReader<K, V>> readers = new HashMap<>();
    private @Nullable Fetcher fetcher;
    private @Nullable Positions positions;
    private @Nullable ClientException failure;

    RecordCollector(
            ClusterClient cluster,
            ConsumerConfig config,
            AssignedPartitions assigned,
            Deserializer<K> keys,
            Deserializer<V> values) {
        this.cluster = cluster;
        this.config = config;
        this.assigned = assigned;
        this.keys = keys;
        this.values = values;
    }

    /** Who fetches and who finds positions; they in turn need this collector. */
    void connect(Fetcher fetches, Positions finds) {
        fetcher = fetches;
        positions = finds;
    }

    /**
     * The next records, at most {@code max.poll.records}, of partitions that are not paused.
     *
     * @throws ClientException what fetching failed with
     * @throws io.millrace.clients.serde.SerdeException if the next record cannot be decoded
     */
    ConsumerRecords<K, V> collect() {
        ClientException failed = failure;
        if (failed != null) {
            failure = null;
            throw failed;
        }
        Map<TopicPartition, List<ConsumerRecord<K, V>>> found = new LinkedHashMap<>();
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        int left = config.maxPollRecords();
        for (AssignedPartition partition : assigned.inOrder()) {
            if (left == 0) {
                break;
            }
            if (partition.isPaused() || !partition.hasPosition()) {
                continue;
            }
            List<ConsumerRecord<K, V>> records = new ArrayList<>();
            try {
                read(partition, left, records);
            } catch (RuntimeException e) {
                if (found.isEmpty() && records.isEmpty()) {
                    throw e;
                }
                // The records before it first; the next poll comes to it again.
                left = records.size();
            }
            if (!records.isEmpty()) {
                left -= records.size();
                found.put(partition.partition(), records);
                next.put(partition.partition(), partition.toCommit());
                assigned.toEnd(partition);
            }
        }
        return found.isEmpty() ? ConsumerRecords.empty() : new ConsumerRecords<>(found, next);
    }

    private void read(AssignedPartition partition, int most, List<ConsumerRecord<K, V>> into) {
        while (into.size() < most) {
            RecordReader<K, V> reader = readerOf(partition);
            if (reader == null) {
                return;
            }
            try {
                ConsumerRecord<K, V> record;
                while (into.size() < most && (record = reader.next()) != null) {
                    into.add(record);
                }
            } finally {
                partition.advance(reader.nextOffset(), reader.leaderEpoch());
            }
            if (into.size() < most) {
                finished(partition, reader);
            }
        }
    }

    private @Nullable RecordReader<K, V> readerOf(AssignedPartition partition) {
        RecordReader<K, V> reader = readers.get(partition.partition());
        if (reader != null && reader.fetched().session() == partition.session()) {
            return reader;
        }
        if (reader != null) {
            // A seek came between.
            reader.close();
            readers.remove(partition.partition());
        }
        FetchedRecords fetched = partition.takeFetched();
        if (fetched == null) {
            return null;
        }
        RecordReader<K, V> next =
                new RecordReader<>(fetched, partition.position(), config, keys, values);
        readers.put(partition.partition(), next);
        return next;
    }

    private void finished(AssignedPartition partition, RecordReader<K, V> reader) {
        reader.close();
        readers.remove(partition.partition());
        Fetcher from = fetcher;
        if (from != null) {
            int session = partition.session();
            cluster.loop().execute(() -> from.consumed(partition.partition(), session));
        }
    }

    /** Drops what was fetched of partitions that are not ours any more. */
    void forget(Iterable<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            RecordReader<K, V> reader = readers.remove(partition);
            if (reader != null) {
                reader.close();
            }
        }
    }

    void close() {
        readers.values().forEach(RecordReader::close);
        readers.clear();
    }

    @Override
    public void onFetched(FetchedRecords records) {
        AssignedPartition partition = current(records.partition(), records.session());
        if (partition != null) {
            partition.add(records);
        }
    }

    @Override
    public void onWatermarks(
            TopicPartition at, int session, long highWatermark, long lastStableOffset) {
        AssignedPartition partition = current(at, session);
        if (partition != null) {
            partition.watermarks(highWatermark, lastStableOffset);
        }
    }

    @Override
    public void onOutOfRange(TopicPartition at, int session, long fetchOffset) {
        AssignedPartition partition = current(at, session);
        Positions finds = positions;
        if (partition == null || finds == null) {
            return;
        }
        LOGGER.atWarn()
                .addKeyValue("partition", at)
                .addKeyValue("offset", fetchOffset)
                .addKeyValue("policy", config.offsetReset())
                .log("offset is not in the log; resetting");
        finds.reset(partition, "offset " + fetchOffset + " is not in the log");
    }

    @Override
    public void onTruncated(TopicPartition at, int session, long endOffset) {
        AssignedPartition partition = current(at, session);
        Positions finds = positions;
        if (partition == null || finds == null) {
            return;
        }
        long before = partition.position();
        if (config.offsetReset() == OffsetResetPolicy.NONE) {
            failure = new LogTruncatedException(at, before, endOffset);
            return;
        }
        LOGGER.atWarn()
                .addKeyValue("partition", at)
                .addKeyValue("position", before)
                .addKeyValue("end", endOffset)
                .log("the log was truncated below what was read; going on from there");
        finds.seek(partition, Math.min(before, endOffset), -1);
    }

    @Override
    public void onFailure(TopicPartition at, int session, ClientException cause) {
        AssignedPartition partition = current(at, session);
        Positions finds = positions;
        if (partition != null && finds != null) {
            failure = cause;
            // Tried again after the user heard of it, should they go on polling.
            finds.seek(partition, partition.position(), partition.leaderEpoch());
        }
    }

    private @Nullable AssignedPartition current(TopicPartition at, int session) {
        return assigned.isCurrent(at, session) ? assigned.find(at) : null;
    }
}
