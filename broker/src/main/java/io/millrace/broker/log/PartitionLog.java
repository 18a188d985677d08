package io.millrace.broker.log;

import io.millrace.base.time.Clock;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.TimestampType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one partition: a directory of segments in Kafka's layout. Owned by the partition's
 * loop. Batches are staged one by one, then written together; readers use the {@link LogSnapshot}
 * published afterwards. Whatever the disk refuses comes out as an exception, with the log as it was
 * before the write.
 */
public final class PartitionLog {
    private static final Logger LOGGER = LoggerFactory.getLogger(PartitionLog.class);

    private final LogDir dir;
    private final TopicPartition partition;
    private final Path directory;
    private final OpenFileTable files;
    private final Clock clock;
    private final ProducerStates producers;
    private LogConfig config;
    private List<LogSegment> segments;
    private LeaderEpochs epochs;
    private int leaderEpoch;
    private long logStartOffset;
    private long endOffset;
    private long highWatermark;
    private long recoveryPoint;
    private long lastFlushMs;
    private boolean namesChanged;

    /** Read by flushes on their own threads. */
    private volatile boolean removed;

    private final ProducerSnapshots producerSnapshots;
    private final StagedBatches staged;
    private volatile LogSnapshot snapshot;

    private long tailOffset;
    private long tailPosition = -1;
    private final @Nullable LogDamage damage;

    private PartitionLog(
            LogDir dir,
            TopicPartition partition,
            LogConfig config,
            OpenFileTable files,
            Clock clock,
            LogLoader.Loaded loaded) {
        this.dir = dir;
        this.partition = partition;
        this.directory = dir.root().resolve(partition.directoryName());
        this.config = config;
        this.files = files;
        this.clock = clock;
        this.segments = List.copyOf(loaded.segments());
        this.epochs = loaded.epochs();
        this.leaderEpoch = Math.max(0, loaded.epochs().latest());
        this.producers = loaded.producers();
        this.logStartOffset = loaded.logStartOffset();
        this.endOffset = loaded.endOffset();
        this.damage = loaded.damage();
        this.staged = new StagedBatches(endOffset);
        this.producerSnapshots =
                new ProducerSnapshots(dir, directory, loaded.producerSnapshotOffset());
        this.highWatermark = logStartOffset;
        this.recoveryPoint = Math.min(endOffset, segments.get(0).baseOffset());
        this.lastFlushMs = clock.wallMs();
        this.snapshot = newSnapshot();
    }

    /** Reads the log from its directory, or begins one. May wait for the disk. */
    static PartitionLog open(
            LogDir dir,
            TopicPartition partition,
            LogConfig config,
            OpenFileTable files,
            Clock clock,
            LogLoader.LoadPoint from)
            throws IOException {
        dir.createDirectories(dir.root().resolve(partition.directoryName()));
        LogLoader.Loaded loaded = new LogLoader(dir, partition, config, files, clock, from).load();
        PartitionLog log = new PartitionLog(dir, partition, config, files, clock, loaded);
        boolean cutShort = log.endOffset < from.recoveryPoint();
        // INVARIANT: what is missing stays missed, over restarts too, until the log is repaired.
        log.recoveryPoint =
                from.cleanShutdown() && !cutShort ? log.endOffset : from.recoveryPoint();
        log.namesChanged = loaded.endOffset() == loaded.logStartOffset();
        return log;
    }

    public TopicPartition partition() {
        return partition;
    }

    /** What readers see; from any thread. */
    public LogSnapshot snapshot() {
        return snapshot;
    }

    public long endOffset() {
        return endOffset;
    }

    public long highWatermark() {
        return highWatermark;
    }

    /** Everything below is on the device. */
    public long recoveryPoint() {
        return recoveryPoint;
    }

    public long logStartOffset() {
        return logStartOffset;
    }

    /** What was found wrong when the log was opened, or null. */
    public @Nullable LogDamage damage() {
        return damage;
    }

    /**
     * Why nothing may be appended, or null: the log has lost its end, and what came in its place
     * would make others believe that there was nothing.
     */
    public @Nullable DamagedLogException refusal() {
        return damage == null || recoveryPoint <= endOffset
                ? null
                : new DamagedLogException(damage);
    }

    public LogConfig config() {
        return config;
    }

    public void reconfigure(LogConfig changed) {
        config = changed;
    }

    /** Batches appended from now on bear this epoch; it never goes back. */
    public void leadFrom(int epoch) {
        leaderEpoch = Math.max(leaderEpoch, epoch);
    }

    /** Whether a batch of this producer is new, known or out of order; see KIP-98. */
    private @Nullable AppendDecision checkProducer(RecordBatchView batch, AppendTerms terms) {
        ProducerStates.Check check = producers.check(batch, terms);
        if (check instanceof ProducerStates.Check.Duplicate duplicate) {
            ProducerEntry.Batch first = duplicate.batch();
            return new AppendDecision.Duplicate(
                    first.baseOffset(), first.lastOffset(), first.timestamp());
        }
        return check instanceof ProducerStates.Check.Refused refused ? refusal(refused) : null;
    }

    private AppendDecision refusal(ProducerStates.Check.Refused refused) {
        return new AppendDecision.Refused(refused.error(), partition + ": " + refused.why());
    }

    /** Whether the producer has a transaction open under this epoch, staged batches included. */
    public boolean inTransaction(long producerId, short epoch) {
        return producers.inTransaction(producerId, epoch);
    }

    /** Whether exactly this batch of an idempotent producer is in the log, or staged. */
    public boolean isDuplicate(RecordBatchView batch) {
        return producers.isDuplicate(batch);
    }

    /** What is known of the producers that appended here, in no order. */
    public List<ProducerState> producers() {
        return producers.entries().stream().map(ProducerEntry::shown).toList();
    }

    /**
     * Gives a batch its offsets and queues it for {@link #writeStaged()}. Its bytes are changed in
     * place and must stay as they are until then. May write what is staged, when a new segment has
     * to begin.
     *
     * @throws IOException if that write failed; {@link #endOffset()} tells what is in the log
     */
    public AppendDecision stage(RecordBatchView batch, AppendTerms terms) throws IOException {
        int size = batch.sizeInBytes();
        if (size > config.segmentBytes()) {
            return new AppendDecision.Refused(
                    ErrorCode.RECORD_LIST_TOO_LARGE,
                    partition
                            + ": a batch of "
                            + size
                            + " bytes does not fit segment.bytes="
                            + config.segmentBytes());
        }
        TransactionMarker marker = null;
        if (batch.hasProducerId()) {
            marker = batch.isControl() ? TransactionMarker.of(batch, terms) : null;
            AppendDecision decision =
                    terms.origin() == AppendOrigin.REPLICATION
                            ? null
                            : marker == null ? checkProducer(batch, terms) : checkMarker(marker);
            if (decision != null) {
                return decision;
            }
        }
        long now = clock.wallMs();
        boolean stamp = config.timestampType() == TimestampType.LOG_APPEND_TIME;
        rollIfDue(batch, stamp ? now : batch.maxTimestamp(), now);
        noteEpoch(leaderEpoch, staged.endOffset());
        long base = staged.endOffset();
        batch.assign(base, leaderEpoch);
        if (stamp) {
            batch.stampLogAppendTime(now);
        }
        if (marker != null) {
            producers.stageMarker(marker, base, batch.maxTimestamp(), now);
        } else if (batch.hasProducerId() && !batch.isControl()) {
            stageProducer(batch, now);
        }
        long last = batch.lastOffset();
        staged.add(batch.slice(), size, last, batch.maxTimestamp());
        active().noteFirstAppend(now);
        return new AppendDecision.Accepted(base, last, stamp ? now : -1);
    }

    /**
     * Queues a batch of the leader's log for {@link #writeStaged()}, with the offsets and the epoch
     * that the leader gave it. What the leader took is taken; its bytes do not change.
     */
    public void stageReplicated(RecordBatchView batch) throws IOException {
        long now = clock.wallMs();
        rollIfDue(batch, batch.maxTimestamp(), now);
        noteEpoch(batch.partitionLeaderEpoch(), Math.max(batch.baseOffset(), staged.endOffset()));
        if (batch.hasProducerId()) {
            if (batch.isControl()) {
                TransactionMarker marker =
                        TransactionMarker.of(batch, AppendTerms.of(AppendOrigin.REPLICATION));
                if (marker != null) {
                    producers.stageMarker(marker, batch.baseOffset(), batch.maxTimestamp(), now);
                }
            } else {
                stageProducer(batch, now);
            }
        }
        staged.add(batch.slice(), batch.sizeInBytes(), batch.lastOffset(), batch.maxTimestamp());
        active().noteFirstAppend(now);
    }

    private @Nullable AppendDecision checkMarker(TransactionMarker marker) {
        ProducerStates.Check.Refused refused = producers.checkMarker(marker);
        return refused == null ? null : refusal(refused);
    }

    private void stageProducer(RecordBatchView batch, long now) {
        producers.stage(
                batch.producerId(),
                batch.producerEpoch(),
                new ProducerEntry.Batch(
                        batch.baseSequence(),
                        batch.lastSequence(),
                        batch.lastOffset(),
                        batch.lastOffsetDelta(),
                        batch.maxTimestamp()),
                batch.isTransactional(),
                now);
    }

    /**
     * Writes everything staged with one gathering write.
     *
     * @throws IOException if it failed: then none of it is in the log
     */
    public void writeStaged() throws IOException {
        if (staged.isEmpty()) {
            return;
        }
        LogSegment segment = active();
        long position = segment.sizeInBytes();
        try {
            staged.writeTo(segment);
        } catch (IOException | RuntimeException e) {
            producers.rollback();
            staged.clear(endOffset);
            cutBack(segment, position, e);
            throw e;
        }
        staged.noteIn(segment, config.indexIntervalBytes());
        tailOffset = endOffset;
        tailPosition = position;
        endOffset = staged.endOffset();
        staged.clear(endOffset);
        producers.commit(segment.transactions()::append);
        writeIndexesIfDue(segment);
    }

    /** Removes what a failed write may have left behind the end. */
    private void cutBack(LogSegment segment, long position, Exception because) {
        try {
            segment.truncate(position);
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    private void writeIndexesIfDue(LogSegment segment) throws IOException {
        try {
            segment.writeIndexesIfDue();
        } catch (DiskFullException e) {
            // The batches are in the log; the entries stay on the heap until there is room.
            LOGGER.atWarn()
                    .addKeyValue("partition", partition)
                    .addKeyValue("file", segment)
                    .log("no room for index entries; they are written later");
        }
    }

    private void rollIfDue(RecordBatchView batch, long batchTimestamp, long now)
            throws IOException {
        LogSegment segment = active();
        long used = segment.sizeInBytes() + staged.sizeInBytes();
        if (used == 0) {
            return;
        }
        long relative = staged.endOffset() + batch.lastOffsetDelta() - segment.baseOffset();
        if (used + batch.sizeInBytes() > config.segmentBytes()
                || relative > Integer.MAX_VALUE
                || isAged(segment, batchTimestamp, now)
                || segment.indexFull(config.segmentIndexBytes())) {
            writeStaged();
            roll();
        }
    }

    /**
     * Whether the segment is older than it may become, by its records' time or by ours: what is
     * written after the fact is cut into segments by its own time, so that retention fits.
     */
    private boolean isAged(LogSegment segment, long batchTimestamp, long now) throws IOException {
        long mostMs = config.maxSegmentMs() - jitterMs();
        long first = segment.firstTimestamp();
        boolean byRecords = first >= 0 && batchTimestamp - first > mostMs;
        return byRecords
                || (segment.firstAppendMs() >= 0 && now - segment.firstAppendMs() > mostMs);
    }

    /** A fixed share of the configured jitter, different for each partition. */
    private long jitterMs() {
        long jitter = Math.min(config.segmentJitterMs(), config.maxSegmentMs());
        return jitter == 0 ? 0 : Math.floorMod(partition.hashCode() * 0x9E3779B9L, jitter);
    }

    /** Begins a new segment at the end of the log. */
    private void roll() throws IOException {
        // Everything that the disk may refuse comes first: until then the old segment stays in use.
        active().finishIndexes();
        writeProducerSnapshot();
        LogSegment fresh = new LogSegment(dir, files, directory, endOffset, -1);
        fresh.activate(new LogSegment.Indexes(new OffsetIndex(), new TimeIndex()), false);
        fresh.file().acquire().release();
        active().seal();
        List<LogSegment> changed = new ArrayList<>(segments);
        changed.add(fresh);
        segments = List.copyOf(changed);
        namesChanged = true;
        tailPosition = -1;
    }

    private void noteEpoch(int epoch, long startOffset) throws IOException {
        if (epoch > epochs.latest()) {
            LeaderEpochs changed = epochs.with(epoch, startOffset);
            changed.write(dir, directory, false);
            epochs = changed;
        }
    }

    private void writeProducerSnapshot() throws IOException {
        producerSnapshots.write(endOffset, recoveryPoint, producers.entries());
    }

    /** Moves the high watermark forward, never beyond the end and never back. */
    public void advanceHighWatermark(long offset) {
        highWatermark = Math.max(highWatermark, Math.min(offset, endOffset));
        producers.transactions().onHighWatermark(highWatermark);
    }

    /** Shows readers the present state; once after each round of changes. */
    public void publish() {
        snapshot = newSnapshot();
    }

    private LogSnapshot newSnapshot() {
        // Records of an open transaction may have been deleted; what is left is stable.
        long undecided = Math.max(logStartOffset, producers.transactions().firstOffset());
        return new LogSnapshot(
                logStartOffset,
                endOffset,
                highWatermark,
                Math.min(highWatermark, undecided),
                segments,
                active().sizeInBytes(),
                epochs,
                tailOffset,
                tailPosition);
    }

    /** What has to be forced to the device so that the log is safe up to its present end. */
    public LogFlush prepareFlush() {
        List<LogSegment> dirty = new ArrayList<>();
        for (int i = segments.size() - 1; i >= 0; i--) {
            dirty.add(segments.get(i));
            if (segments.get(i).baseOffset() <= recoveryPoint) {
                break;
            }
        }
        boolean names = namesChanged;
        namesChanged = false;
        return new LogFlush(dir, directory, dirty, names, safeEnd(), () -> removed);
    }

    /** What recovery would have to find out again is not safe, even on the device. */
    private long safeEnd() {
        return Math.min(endOffset, active().transactions().firstUnwritten());
    }

    /**
     * Whether a flush would make more of the log safe than it is. Tries again to write what a full
     * disk kept from the index of aborted transactions: until that is there, nothing behind it is.
     */
    public boolean flushHelps() throws IOException {
        if (safeEnd() < endOffset) {
            writeIndexesIfDue(active());
        }
        return safeEnd() > recoveryPoint;
    }

    /** The log is on the device up to this offset. */
    public void flushed(long upToOffset) {
        recoveryPoint = Math.max(recoveryPoint, Math.min(upToOffset, endOffset));
        lastFlushMs = clock.wallMs();
    }

    /** Whether {@code flush.messages} or {@code flush.ms} ask for a flush. */
    public boolean flushDue() {
        long unflushed = endOffset - recoveryPoint;
        return unflushed > 0
                && (unflushed >= config.flushMessages()
                        || clock.wallMs() - lastFlushMs >= config.flushMs());
    }

    /** Writes what shortens the next start: index entries and producer states up to the end. */
    public void checkpoint() throws IOException {
        active().writeIndexes();
        if (endOffset > 0) {
            writeProducerSnapshot();
        }
    }

    /** Forgets producers that have not appended since. */
    public void expireProducers(long olderThanMs) {
        producers.expire(olderThanMs);
    }

    /**
     * Takes the segments out of the log that retention no longer wants; the caller removes their
     * files later.
     */
    public RemovedSegments removeExpired() throws IOException {
        LogRetention retention = new LogRetention(config, segments, newSnapshot());
        int remove = retention.expired(clock.wallMs());
        if (remove == segments.size()) {
            roll();
        }
        return removeFirst(remove);
    }

    /** The same for segments of which every record was deleted by {@link #startAt}. */
    public RemovedSegments removeDeleted() throws IOException {
        return removeFirst(new LogRetention(config, segments, newSnapshot()).deleted());
    }

    /**
     * Puts a compacted segment in the place of those it was made of; the caller removes their files
     * later. Refuses, without a change, if the log has lost one of them meanwhile.
     */
    public Optional<RemovedSegments> replace(CleanedSegment cleaned) throws IOException {
        List<LogSegment> sources = cleaned.sources();
        int first = segments.indexOf(sources.get(0));
        int end = first + sources.size();
        if (first < 0 || end >= segments.size() || !segments.subList(first, end).equals(sources)) {
            return Optional.empty();
        }
        for (LogSegment source : sources) {
            source.markDeleted();
        }
        cleaned.segment().rename("");
        List<LogSegment> changed = new ArrayList<>(segments.subList(0, first));
        changed.add(cleaned.segment());
        changed.addAll(segments.subList(end, segments.size()));
        segments = List.copyOf(changed);
        publish();
        return Optional.of(new RemovedSegments(sources));
    }

    /** What each producer that is remembered wrote last, for compaction to keep. */
    public Map<Long, ProducerEnd> producerEnds() {
        Map<Long, ProducerEnd> ends = new HashMap<>();
        for (ProducerEntry entry : producers.entries()) {
            ends.put(entry.producerId(), new ProducerEnd(entry.lastOffset(), entry.epoch()));
        }
        return ends;
    }

    private RemovedSegments removeFirst(int count) throws IOException {
        if (count == 0) {
            return RemovedSegments.NONE;
        }
        List<LogSegment> removed = List.copyOf(segments.subList(0, count));
        segments = List.copyOf(segments.subList(count, segments.size()));
        startAt(Math.max(logStartOffset, segments.get(0).baseOffset()));
        publish();
        for (LogSegment segment : removed) {
            segment.markDeleted();
        }
        namesChanged = true;
        LOGGER.atInfo()
                .addKeyValue("partition", partition)
                .addKeyValue("segments", removed)
                .addKeyValue("logStartOffset", logStartOffset)
                .log("old segments removed");
        return new RemovedSegments(removed);
    }

    /** Hides everything below the offset, which is at most the high watermark. */
    public void startAt(long offset) throws IOException {
        if (offset <= logStartOffset) {
            return;
        }
        logStartOffset = Math.min(offset, highWatermark);
        LeaderEpochs shorter = epochs.truncatedToStart(logStartOffset);
        if (!shorter.equals(epochs)) {
            epochs = shorter;
            try {
                epochs.write(dir, directory, false);
            } catch (DiskFullException e) {
                // Deleting is what a full disk needs most; old entries in the file do no harm.
                LOGGER.atWarn().addKeyValue("partition", partition).log(e.getMessage());
            }
        }
    }

    /**
     * Gives up everything from an offset on, with the epochs, producers and transactions that were
     * only there. A batch that the offset lies in goes as a whole. A log of which nothing would be
     * left, or that does not reach so far, begins anew there. Nobody else may use the log
     * meanwhile, and nobody may use this object afterwards. May wait for the disk.
     *
     * @return the log to go on with, nothing of which is known to be committed
     */
    PartitionLog truncatedTo(long offset) throws IOException {
        LogCut cut = new LogCut(dir, directory, snapshot());
        long start = logStartOffset;
        if (offset > logStartOffset && offset <= endOffset) {
            cut.to(offset);
        } else {
            cut.everything();
            start = offset;
        }
        LogLoader.LoadPoint from = new LogLoader.LoadPoint(true, 0, start);
        LogLoader.Loaded loaded = new LogLoader(dir, partition, config, files, clock, from).load();
        PartitionLog rest = new PartitionLog(dir, partition, config, files, clock, loaded);
        rest.recoveryPoint = Math.min(Math.max(recoveryPoint, rest.recoveryPoint), rest.endOffset);
        rest.namesChanged = true;
        return rest;
    }

    /** Writes everything that a clean start needs, forces it, and gives the files up. */
    public void close() throws IOException {
        active().finishIndexes();
        checkpoint();
        if (recoveryPoint < endOffset || namesChanged) {
            prepareFlush().run();
            flushed(endOffset);
        }
        releaseFiles();
    }

    /** The files are about to lose their names; nothing of them needs to be safe any more. */
    public void markRemoved() {
        removed = true;
    }

    /** Gives the files up without writing anything. */
    public void releaseFiles() {
        segments.forEach(segment -> segment.file().close());
    }

    private LogSegment active() {
        return segments.get(segments.size() - 1);
    }
}
