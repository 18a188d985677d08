package io.millrace.clients.consumer;

import io.millrace.clients.ClientException;
import io.millrace.clients.Header;
import io.millrace.clients.Headers;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.serde.Deserializer;
import io.millrace.clients.serde.SerdeException;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.message.FetchResponse.AbortedTransaction;
import io.millrace.protocol.record.CorruptBatchException;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.RecordHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Walks through one fetch of one partition and decodes its records one at a time, when they are
 * asked for. Of the polling thread. After a record that cannot be decoded it stays before it.
 */
final class RecordReader<K, V> implements AutoCloseable {
    /** Records in one batch may unpack to this much. */
    private static final int MAX_UNPACKED_BYTES = 1 << 30;

    /** Unpacked records live on the heap, where strings are decoded fastest, and are used again. */
    private static final ByteBufAllocator UNPACKED = new PooledByteBufAllocator(false);

    private static final short ABORT_MARKER = 0;
    private static final int MARKER_TYPE_INDEX = 2;

    private final FetchedRecords fetched;
    private final ConsumerConfig config;
    private final Deserializer<K> keys;
    private final Deserializer<V> values;
    private final Iterator<RecordBatchView> batches;
    private final Iterator<AbortedTransaction> aborted;
    private @Nullable AbortedTransaction nextAborted;
    private final Set<Long> abortedProducers = new HashSet<>();
    private @Nullable RecordBatchView batch;
    private @Nullable RecordCursor cursor;
    private @Nullable ByteBuffer view;
    private int viewBase;
    private TimestampType timestampType = TimestampType.CREATE_TIME;
    private boolean pending;
    private long nextOffset;
    private int leaderEpoch = -1;

    RecordReader(
            FetchedRecords fetched,
            long position,
            ConsumerConfig config,
            Deserializer<K> keys,
            Deserializer<V> values) {
        this.fetched = fetched;
        this.nextOffset = position;
        this.config = config;
        this.keys = keys;
        this.values = values;
        this.batches = new RecordBatches(fetched.bytes()).iterator();
        this.aborted =
                fetched.aborted().stream()
                        .sorted(Comparator.comparingLong(AbortedTransaction::firstOffset))
                        .iterator();
        this.nextAborted = aborted.hasNext() ? aborted.next() : null;
    }

    FetchedRecords fetched() {
        return fetched;
    }

    /** Offset behind the last record given, or skipped. */
    long nextOffset() {
        return nextOffset;
    }

    /** Epoch of the batch last read from; -1 before the first. */
    int leaderEpoch() {
        return leaderEpoch;
    }

    /**
     * The next record, or null at the end.
     *
     * @throws SerdeException if it cannot be decoded; it is the next one again
     */
    @Nullable ConsumerRecord<K, V> next() {
        while (true) {
            RecordCursor records = cursor;
            if (records == null) {
                if (!nextBatch()) {
                    nextOffset = Math.max(nextOffset, fetched.nextOffset());
                    return null;
                }
                continue;
            }
            if (!pending && !advance(records)) {
                continue;
            }
            if (records.offset() < nextOffset) {
                pending = false;
                continue;
            }
            ConsumerRecord<K, V> record = decode(records);
            pending = false;
            nextOffset = records.offset() + 1;
            return record;
        }
    }

    private boolean advance(RecordCursor records) {
        pending = records.next();
        if (!pending) {
            RecordBatchView done = batch;
            if (done != null) {
                nextOffset = Math.max(nextOffset, done.nextOffset());
            }
            close();
        }
        return pending;
    }

    private boolean nextBatch() {
        while (batches.hasNext()) {
            RecordBatchView next = batches.next();
            if (next.nextOffset() <= nextOffset) {
                continue;
            }
            check(next);
            leaderEpoch = next.partitionLeaderEpoch();
            if (isVisible(next)) {
                open(next);
                return true;
            }
            nextOffset = next.nextOffset();
        }
        return false;
    }

    private void check(RecordBatchView next) {
        if (next.magic() != 2) {
            throw new ClientException(
                    "%s: batch at offset %d has format %d; only format 2 is read"
                            .formatted(fetched.partition(), next.baseOffset(), next.magic()));
        }
        if (config.checkCrcs() && !next.isCrcValid()) {
            throw new ClientException(
                    "%s: batch at offset %d fails its CRC (stored 0x%08x, computed 0x%08x)"
                            .formatted(
                                    fetched.partition(),
                                    next.baseOffset(),
                                    next.crc(),
                                    next.computeCrc()));
        }
    }

    private boolean isVisible(RecordBatchView next) {
        if (config.isolation() == IsolationLevel.READ_COMMITTED) {
            noteAborted(next);
            if (next.isControl()) {
                if (isAbortMarker(next)) {
                    abortedProducers.remove(next.producerId());
                }
                return false;
            }
            return !next.isTransactional() || !abortedProducers.contains(next.producerId());
        }
        return !next.isControl();
    }

    private void noteAborted(RecordBatchView next) {
        AbortedTransaction first = nextAborted;
        while (first != null && first.firstOffset() <= next.lastOffset()) {
            abortedProducers.add(first.producerId());
            first = aborted.hasNext() ? aborted.next() : null;
        }
        nextAborted = first;
    }

    private boolean isAbortMarker(RecordBatchView next) {
        try (RecordCursor marker = cursorOf(next)) {
            if (!marker.next()) {
                return false;
            }
            ByteBuf key = marker.key();
            return key != null
                    && key.readableBytes() >= 2 * Short.BYTES
                    && key.getShort(key.readerIndex() + MARKER_TYPE_INDEX) == ABORT_MARKER;
        }
    }

    private RecordCursor cursorOf(RecordBatchView next) {
        return next.records(UNPACKED, DecompressionLimit.ofReader(MAX_UNPACKED_BYTES));
    }

    private void open(RecordBatchView next) {
        RecordCursor records;
        try {
            records = cursorOf(next);
        } catch (CorruptBatchException e) {
            throw new ClientException(fetched.partition() + ": " + e.getMessage(), e);
        }
        batch = next;
        cursor = records;
        ByteBuf bytes = records.bytes();
        viewBase = bytes.readerIndex();
        view = bytes.nioBuffer(viewBase, bytes.readableBytes());
        timestampType =
                next.timestampType() == io.millrace.protocol.record.TimestampType.LOG_APPEND_TIME
                        ? TimestampType.LOG_APPEND_TIME
                        : TimestampType.CREATE_TIME;
    }

    private ConsumerRecord<K, V> decode(RecordCursor records) {
        TopicPartition partition = fetched.partition();
        Headers headers = records.headerCount() == 0 ? Headers.EMPTY : headers(records);
        try {
            K key =
                    records.keySize() < 0
                            ? null
                            : keys.deserialize(
                                    partition.topic(),
                                    headers,
                                    window(records.keyIndex(), records.keySize()));
            V value =
                    records.valueSize() < 0
                            ? null
                            : values.deserialize(
                                    partition.topic(),
                                    headers,
                                    window(records.valueIndex(), records.valueSize()));
            return new ConsumerRecord<>(
                    partition,
                    records.offset(),
                    records.timestampMs(),
                    timestampType,
                    key,
                    value,
                    headers);
        } catch (RuntimeException e) {
            throw new SerdeException(
                    "%s@%d cannot be decoded: %s; seek past it to go on"
                            .formatted(partition, records.offset(), e.getMessage()),
                    e);
        }
    }

    private ByteBuffer window(int index, int size) {
        ByteBuffer all = view;
        if (all == null) {
            throw new IllegalStateException("no open batch");
        }
        int from = index - viewBase;
        return all.limit(from + size).position(from);
    }

    private static Headers headers(RecordCursor records) {
        List<RecordHeader> wire = records.headers();
        List<Header> headers = new ArrayList<>(wire.size());
        for (RecordHeader header : wire) {
            ByteBuf value = header.value();
            headers.add(new Header(header.key(), value == null ? null : copy(value)));
        }
        return Headers.of(headers);
    }

    private static byte[] copy(ByteBuf value) {
        byte[] bytes = new byte[value.readableBytes()];
        value.getBytes(value.readerIndex(), bytes);
        return bytes;
    }

    @Override
    public void close() {
        RecordCursor open = cursor;
        if (open != null) {
            cursor = null;
            view = null;
            batch = null;
            open.close();
        }
    }
}
