package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.envelope.ChangeRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Gives each record its offset and sequence and hands records to the queue in batches. Owned by the
 * capture thread. INVARIANT: when a change gives several records, all but the last carry the
 * position before the change, so that a restart between them repeats the change and cuts nothing.
 */
final class RecordEmitter {
    private static final int BATCH_RECORDS = 256;

    /** Objects of a record that are not row data: struct, headers, offset. */
    private static final int RECORD_OVERHEAD_BYTES = 512;

    /** What the thread does while the queue is full. */
    interface WhileFull {
        void run() throws java.sql.SQLException;
    }

    private static final long FULL_WAIT_MS = 500;

    private final RecordQueue queue;
    private final Map<String, String> partition;
    private String systemId = "";
    private final List<RecordQueue.Sized> batch = new ArrayList<>(BATCH_RECORDS);
    private long sequence;
    private Progress progress;

    RecordEmitter(RecordQueue queue, Map<String, String> partition, Progress progress) {
        this.queue = queue;
        this.partition = partition;
        this.progress = progress;
    }

    void systemId(String id) {
        this.systemId = id;
    }

    /** The progress that the records emitted so far stand for. */
    Progress progress() {
        return progress;
    }

    /** Moves the progress without a record, for changes that are filtered out. */
    void advance(Progress reached) {
        this.progress = reached;
    }

    long lastSequence() {
        return sequence;
    }

    boolean batchIsFull() {
        return batch.size() >= BATCH_RECORDS;
    }

    /** All records of one change; {@code reached} holds once the last of them is durable. */
    void emit(List<ChangeRecord> records, Progress reached, int payloadBytes, long micros) {
        for (int i = 0; i < records.size(); i++) {
            if (i == records.size() - 1) {
                progress = reached;
            }
            ChangeRecord change = records.get(i);
            batch.add(
                    new RecordQueue.Sized(
                            record(change, micros / 1000), payloadBytes + RECORD_OVERHEAD_BYTES));
        }
    }

    private SourceRecord record(ChangeRecord change, @Nullable Long timestampMs) {
        return new SourceRecord(
                partition,
                new RecordOffset(++sequence, progress, systemId),
                change.topic(),
                null,
                change.keySchema(),
                change.key(),
                change.valueSchema(),
                change.value(),
                timestampMs,
                change.headers());
    }

    /** Hands over what is collected, waiting while the queue is full. */
    void flush(WhileFull whileFull) throws InterruptedException, java.sql.SQLException {
        if (batch.isEmpty()) {
            return;
        }
        while (!queue.offer(batch, FULL_WAIT_MS)) {
            whileFull.run();
        }
        batch.clear();
    }
}
