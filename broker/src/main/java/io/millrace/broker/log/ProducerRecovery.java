package io.millrace.broker.log;

import io.millrace.protocol.record.CorruptBatchException;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out again what a log knows of its producers and of their aborted transactions: from the
 * newest snapshot that can be relied upon, and the batches after it. Used once, on a thread that
 * may wait for the disk.
 */
final class ProducerRecovery {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProducerRecovery.class);

    /**
     * How far back the last batches of producers are looked for: five of the largest usual ones.
     */
    private static final long WINDOW_BYTES = 8L * 1024 * 1024;

    private final LogDir dir;
    private final TopicPartition partition;
    private final Path directory;
    private final List<LogSegment> segments;
    private final long endOffset;
    private final long nowMs;
    private final ProducerStates states = new ProducerStates();
    private final Map<Long, ArrayDeque<ProducerEntry.Batch>> earlier = new HashMap<>();
    private long snapshotOffset = -1;

    /**
     * @param segments of the log, whole up to {@code endOffset}
     * @param nowMs counts as the time of appends found in the log
     */
    ProducerRecovery(
            LogDir dir,
            TopicPartition partition,
            List<LogSegment> segments,
            long endOffset,
            long nowMs) {
        this.dir = dir;
        this.partition = partition;
        this.directory = dir.root().resolve(partition.directoryName());
        this.segments = segments;
        this.endOffset = endOffset;
        this.nowMs = nowMs;
    }

    ProducerStates states() {
        return states;
    }

    /** Offset of the snapshot used; -1 if there was none. */
    long snapshotOffset() {
        return snapshotOffset;
    }

    /**
     * @param safeOffset everything before it is on the device, indexes of aborted transactions too
     */
    void recover(long safeOffset) throws IOException {
        boolean sane = indexesAreSane();
        readSnapshot(sane ? Math.min(safeOffset, endOffset) : -1);
        long replayFrom = Math.max(snapshotOffset, segments.get(0).baseOffset());
        for (int i = 0; i < segments.size(); i++) {
            if (endOf(i) > replayFrom || i == segments.size() - 1) {
                segments.get(i).transactions().truncate(replayFrom);
            }
        }
        replay(replayFrom);
        for (int i = 0; i < segments.size(); i++) {
            SegmentTransactions transactions = segments.get(i).transactions();
            transactions.write();
            if (i == segments.size() - 1) {
                transactions.activate();
            } else {
                transactions.seal();
            }
        }
    }

    private long endOf(int segment) {
        return segment + 1 < segments.size() ? segments.get(segment + 1).baseOffset() : endOffset;
    }

    private boolean indexesAreSane() throws IOException {
        for (int i = 0; i < segments.size(); i++) {
            // Behind a log that had to be cut there may be entries; they are dropped.
            long end = i + 1 < segments.size() ? endOf(i) : Long.MAX_VALUE;
            if (!segments.get(i).transactions().isSane(end)) {
                LOGGER.atWarn()
                        .addKeyValue("partition", partition)
                        .addKeyValue("segment", segments.get(i))
                        .log("index of aborted transactions is damaged; reading the log for it");
                return false;
            }
        }
        return true;
    }

    /** Takes the newest snapshot up to the offset; removes those that nobody can rely upon. */
    private void readSnapshot(long safeOffset) throws IOException {
        List<Long> offsets = ProducerSnapshots.offsetsIn(dir.list(directory));
        for (int i = offsets.size() - 1; i >= 0; i--) {
            long offset = offsets.get(i);
            Path file = directory.resolve(LogFileNames.snapshot(offset));
            List<ProducerEntry> entries =
                    offset > safeOffset ? null : ProducerSnapshotFile.read(dir, file);
            if (entries == null) {
                dir.delete(file);
                continue;
            }
            entries.forEach(entry -> states.put(entry.loadedAt(nowMs)));
            snapshotOffset = offset;
            return;
        }
    }

    /**
     * Applies the batches after the snapshot, and finds again the batches just before it: a
     * snapshot holds one per producer, but a producer may try five again.
     */
    private void replay(long replayFrom) throws IOException {
        long scanFrom = states.entries().isEmpty() ? replayFrom : windowStart(replayFrom);
        if (scanFrom >= endOffset) {
            return;
        }
        boolean merged = false;
        for (int i = 0; i < segments.size(); i++) {
            LogSegment segment = segments.get(i);
            if (endOf(i) <= scanFrom) {
                continue;
            }
            int start = segment.indexes().offsets().positionFor(scanFrom - segment.baseOffset());
            try (OpenFile open = segment.file().acquire();
                    BatchScanner scanner =
                            new BatchScanner(
                                    open.file(),
                                    start,
                                    segment.sizeInBytes(),
                                    BatchScanner.SCAN_WINDOW_BYTES)) {
                while (scanner.next()) {
                    if (scanner.lastOffset() < replayFrom) {
                        remember(scanner);
                        continue;
                    }
                    if (!merged) {
                        merge();
                        merged = true;
                    }
                    apply(scanner, segment);
                }
            }
        }
        if (!merged) {
            merge();
        }
    }

    private long windowStart(long replayFrom) throws IOException {
        LogSegment last = segments.get(segments.size() - 1);
        long position = last.sizeInBytes() - WINDOW_BYTES;
        int relative = position <= 0 ? 0 : last.indexes().offsets().offsetAtPosition(position);
        return Math.min(replayFrom, last.baseOffset() + Math.max(relative, 0));
    }

    /** Learns from a batch that is in the log already. */
    private void apply(BatchScanner batch, LogSegment segment) throws IOException {
        BatchScanner.HeaderView header = batch.header();
        if (header.producerId() < 0) {
            return;
        }
        if (isControl(header)) {
            RecordBatchView whole = batch.whole();
            TransactionMarker marker = markerOf(whole, segment);
            if (marker != null) {
                states.stageMarker(marker, whole.baseOffset(), whole.maxTimestamp(), nowMs);
            }
        } else {
            boolean transactional =
                    (header.attributes() & RecordBatchHeader.TRANSACTIONAL_FLAG) != 0;
            states.stage(
                    header.producerId(),
                    header.producerEpoch(),
                    batchOf(batch, header),
                    transactional,
                    nowMs);
        }
        states.commit(segment.transactions()::append);
    }

    /** Null if it ends nothing: one marker that nobody can read must not cost the whole log. */
    private static @Nullable TransactionMarker markerOf(RecordBatchView batch, LogSegment segment) {
        try {
            return TransactionMarker.of(batch, AppendTerms.of(AppendOrigin.REPLICATION));
        } catch (CorruptBatchException e) {
            LOGGER.atWarn()
                    .addKeyValue("segment", segment.baseOffset())
                    .addKeyValue("offset", batch.baseOffset())
                    .setCause(e)
                    .log("a control batch with a valid checksum cannot be read; it ends nothing");
            return null;
        }
    }

    private static boolean isControl(BatchScanner.HeaderView header) {
        return (header.attributes() & RecordBatchHeader.CONTROL_FLAG) != 0;
    }

    private static ProducerEntry.Batch batchOf(BatchScanner batch, BatchScanner.HeaderView header) {
        int delta = header.lastOffsetDelta();
        int sequence = header.baseSequence();
        return new ProducerEntry.Batch(
                sequence,
                sequence < 0 ? sequence : RecordBatchView.sequenceAfter(sequence, delta),
                batch.lastOffset(),
                delta,
                batch.maxTimestamp());
    }

    private void remember(BatchScanner scanner) {
        BatchScanner.HeaderView header = scanner.header();
        ProducerEntry entry = header.producerId() < 0 ? null : states.find(header.producerId());
        if (entry == null
                || isControl(header)
                || entry.epoch() != header.producerEpoch()
                || header.baseSequence() < 0
                || scanner.lastOffset() >= entry.lastOffset()) {
            return;
        }
        ArrayDeque<ProducerEntry.Batch> batches =
                earlier.computeIfAbsent(header.producerId(), id -> new ArrayDeque<>());
        batches.add(batchOf(scanner, header));
        if (batches.size() > ProducerEntry.REMEMBERED_BATCHES) {
            batches.removeFirst();
        }
    }

    private void merge() {
        earlier.forEach(
                (id, batches) -> {
                    ProducerEntry entry = states.find(id);
                    if (entry != null) {
                        states.put(entry.withEarlier(List.copyOf(batches)));
                    }
                });
    }
}
