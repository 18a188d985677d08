package io.millrace.broker.log.compaction;

import io.millrace.broker.log.AbortedTransaction;
import io.millrace.broker.log.CleanedSegment;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogSegment;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.log.ProducerEnd;
import io.millrace.broker.log.SegmentScan;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One round of compaction of one log: notes the keys of its dirty section, then writes every group
 * of segments again and has the log's owner swap it in. Works in steps of bounded size, so that the
 * loop it runs on can pause between them. Used by one thread; close it in the end, whatever
 * happened.
 */
final class CleanRound implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(CleanRound.class);

    /** Most that one batch may decompress to. */
    private static final int MAX_BATCH_BYTES = 256 * 1024 * 1024;

    private final CompactedLog log;
    private final LogConfig config;
    private final DirtySection section;
    private final CleanerConfig terms;
    private final Map<Long, ProducerEnd> producers;
    private final List<AbortedTransaction> aborted;
    private final OffsetMap map;
    private final OffsetMapBuilder building;
    private final DecompressionLimit limit;
    private final long nowMs;
    private @Nullable BatchCleaner cleaner;
    private List<List<LogSegment>> groups = List.of();
    private int group;
    private int segmentInGroup;
    private @Nullable CleanedSegment cleaned;
    private @Nullable SegmentScan scan;
    private @Nullable CompletableFuture<Boolean> swap;
    private final List<AbortedTransaction> keptAborted = new ArrayList<>();
    private final Result result = new Result();

    /** What a round did. */
    static final class Result {
        long bytesRead;
        long bytesWritten;
        long bytesMapped;
        int recordsRead;
        int recordsKept;

        /** False if the log changed under the round, which then ended early. */
        boolean complete;
    }

    CleanRound(
            CompactedLog log,
            LogSnapshot snapshot,
            DirtySection section,
            Map<Long, ProducerEnd> producers,
            CleanerConfig terms,
            KeyHash hash,
            long nowMs)
            throws IOException {
        this.log = log;
        this.config = log.config();
        this.section = section;
        this.terms = terms;
        this.producers = producers;
        this.nowMs = nowMs;
        this.aborted = abortedIn(snapshot, section.endOffset());
        this.limit =
                DecompressionLimit.ofReader(
                        (int) Math.min(MAX_BATCH_BYTES, Runtime.getRuntime().maxMemory() / 4));
        this.map =
                new OffsetMap(
                        terms.mapBytesPerLoop(),
                        terms.loadFactor(),
                        section.endOffset() - section.firstDirtyOffset(),
                        hash);
        this.building =
                new OffsetMapBuilder(
                        section,
                        map,
                        new TransactionWalk(aborted, transaction -> {}),
                        terms.windowBytes(),
                        limit);
    }

    private static List<AbortedTransaction> abortedIn(LogSnapshot snapshot, long endOffset)
            throws IOException {
        List<AbortedTransaction> aborted = new ArrayList<>();
        for (LogSegment segment : snapshot.segments()) {
            for (AbortedTransaction transaction : segment.abortedTransactions()) {
                if (transaction.firstOffset() < endOffset) {
                    aborted.add(transaction);
                }
            }
        }
        return aborted;
    }

    Result result() {
        return result;
    }

    /** The owner's answer that the next step needs; null if it needs none. */
    @Nullable CompletableFuture<?> awaited() {
        CompletableFuture<Boolean> pending = swap;
        return pending == null || pending.isDone() ? null : pending;
    }

    boolean isDone() {
        return cleaner != null && swap == null && cleaned == null && group == groups.size();
    }

    /** Does a piece of the work; returns how many bytes it moved. */
    long step() throws IOException {
        if (cleaner == null) {
            return buildMap();
        }
        if (swap != null) {
            endSwap(swap);
            return 0;
        }
        return isDone() ? 0 : writeGroup();
    }

    private long buildMap() throws IOException {
        long bytes = building.step(terms.windowBytes());
        result.bytesMapped += bytes;
        if (building.isDone()) {
            beginWriting();
        }
        return bytes;
    }

    private void beginWriting() throws IOException {
        long end = map.latestOffset() + 1;
        List<LogSegment> touched =
                section.segments().stream().filter(s -> s.baseOffset() < end).toList();
        groups = SegmentGroups.of(touched, section.endOffset(), config);
        cleaner =
                new BatchCleaner(
                        map,
                        new TransactionWalk(aborted, keptAborted::add),
                        producers,
                        new BatchCleaner.CleaningTerms(
                                nowMs,
                                config.compaction().deleteRetentionMs(),
                                config.compression(),
                                limit));
        if (groups.isEmpty()) {
            result.complete = true;
        }
    }

    private long writeGroup() throws IOException {
        CleanedSegment target = cleaned;
        if (target == null) {
            target = CleanedSegment.begin(groups.get(group), config.indexIntervalBytes());
            cleaned = target;
            segmentInGroup = 0;
        }
        SegmentScan source = scan;
        if (source == null) {
            source = groups.get(group).get(segmentInGroup).scan(terms.windowBytes());
            scan = source;
        }
        long read = 0;
        long before = target.sizeInBytes();
        while (read < terms.windowBytes()) {
            if (!source.next()) {
                source.close();
                scan = null;
                segmentInGroup++;
                break;
            }
            read += source.sizeInBytes();
            writeBatch(source.batch(), target);
        }
        long written = target.sizeInBytes() - before;
        result.bytesRead += read;
        result.bytesWritten += written;
        if (scan == null && segmentInGroup == groups.get(group).size()) {
            target.finish();
            swap = log.replace(target);
        }
        return read + written;
    }

    private void writeBatch(RecordBatchView batch, CleanedSegment target) throws IOException {
        ByteBuf out = target.out();
        int start = out.writerIndex();
        BatchCleaner rules = Objects.requireNonNull(cleaner);
        int bytes = rules.clean(batch, out);
        for (AbortedTransaction transaction : keptAborted) {
            target.aborted(transaction);
        }
        keptAborted.clear();
        if (bytes > 0) {
            RecordBatchView remaining = RecordBatchView.at(out, start);
            target.appended(bytes, remaining.lastOffset(), remaining.maxTimestamp());
        }
    }

    private void endSwap(CompletableFuture<Boolean> answer) throws IOException {
        CleanedSegment done = Objects.requireNonNull(cleaned);
        boolean taken = answer.join();
        swap = null;
        if (!taken) {
            // Retention or a deletion of records took a segment away; the next round sees that.
            done.discard();
            done.close();
            cleaned = null;
            group = groups.size();
            return;
        }
        done.forceNames();
        done.close();
        cleaned = null;
        group++;
        if (group == groups.size()) {
            result.complete = true;
        }
    }

    /** Where the next round begins. */
    long cleanedUpTo() {
        // The last offsets of a section may be gone already; then nothing is left to wait for.
        return building.isFull() ? map.latestOffset() + 1 : section.endOffset();
    }

    @Override
    public void close() {
        BatchCleaner rules = cleaner;
        if (rules != null) {
            result.recordsRead = rules.recordsRead();
            result.recordsKept = rules.recordsKept();
        }
        building.close();
        map.close();
        if (scan != null) {
            scan.close();
        }
        CleanedSegment unfinished = cleaned;
        if (unfinished != null) {
            abandon(unfinished);
        }
    }

    private void abandon(CleanedSegment unfinished) {
        unfinished.close();
        if (swap != null) {
            // The owner may have taken it, and after a failure half of it: only a start can tell.
            return;
        }
        try {
            unfinished.discard();
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("partition", log.id())
                    .setCause(e)
                    .log("files of an unfinished compaction stay until the next start");
        }
    }
}
