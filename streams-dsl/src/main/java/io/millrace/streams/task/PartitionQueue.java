package io.millrace.streams.task;

import io.millrace.streams.processor.api.Record;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Records of one input partition waiting to be processed. Only the head is decoded. Its bound is
 * the consumer's: the thread pauses a partition whose queue is full.
 */
final class PartitionQueue {
    private final SourceNode source;
    private final ArrayDeque<RawRecord> waiting = new ArrayDeque<>();
    private @Nullable RawRecord headRaw;
    private @Nullable Record<?, ?> head;
    private long partitionTimeMs = -1;

    /** First offset not processed yet, as far as this queue knows; -1 before the first record. */
    private long nextOffset = -1;

    PartitionQueue(SourceNode source) {
        this.source = source;
    }

    SourceNode source() {
        return source;
    }

    void add(RawRecord raw) {
        waiting.add(raw);
        if (head == null) {
            advance();
        }
    }

    int size() {
        return waiting.size() + (head == null ? 0 : 1);
    }

    boolean isEmpty() {
        return head == null;
    }

    /** Timestamp of the head; only if not empty. */
    long headTimestamp() {
        Record<?, ?> record = head;
        return record == null ? Long.MAX_VALUE : record.timestamp();
    }

    @Nullable Record<?, ?> head() {
        return head;
    }

    @Nullable RawRecord headRaw() {
        return headRaw;
    }

    /** The head has been processed. */
    void done() {
        RawRecord raw = headRaw;
        Record<?, ?> record = head;
        if (raw != null && record != null) {
            nextOffset = raw.offset() + 1;
            partitionTimeMs = Math.max(partitionTimeMs, record.timestamp());
        }
        head = null;
        headRaw = null;
        advance();
    }

    private void advance() {
        RawRecord raw;
        while ((raw = waiting.poll()) != null) {
            Record<?, ?> record = source.decode(raw, partitionTimeMs);
            if (record != null) {
                headRaw = raw;
                head = record;
                return;
            }
            nextOffset = raw.offset() + 1; // skipped: dropped by extractor or handler
        }
    }

    long nextOffset() {
        return nextOffset;
    }

    void nextOffset(long offset) {
        nextOffset = offset;
    }

    long partitionTimeMs() {
        return partitionTimeMs;
    }

    void partitionTimeMs(long timestampMs) {
        partitionTimeMs = timestampMs;
    }

    void clear() {
        waiting.clear();
        head = null;
        headRaw = null;
    }
}
