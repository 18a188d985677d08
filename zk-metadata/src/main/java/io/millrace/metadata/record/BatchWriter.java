package io.millrace.metadata.record;

import io.millrace.base.time.RandomSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns records into batches behind a position of the log, each within the limits of {@link
 * MetadataBatch}; all but the last are marked continued. Owned by the controller's loop, which
 * keeps one writer for each term.
 */
public final class BatchWriter {
    private final int epoch;
    private final RandomSource random;
    private LogPosition position;

    /**
     * @param position end of the log that the term began with
     * @param epoch controller epoch of the term
     */
    public BatchWriter(LogPosition position, int epoch, RandomSource random) {
        this.position = position;
        this.epoch = epoch;
        this.random = random;
    }

    /** End of the log once everything written so far is in it. */
    public LogPosition position() {
        return position;
    }

    /**
     * The batches for one atomic change; none for no records.
     *
     * @throws OversizedRecordException if a single record is larger than a batch may be; the writer
     *     stays where it was
     */
    public List<MetadataBatch> write(List<MetadataRecord> records) {
        return write(records, true);
    }

    /**
     * The same without continued batches: each takes effect when it is in the log, and the change
     * is a row of smaller ones.
     */
    public List<MetadataBatch> writeSingly(List<MetadataRecord> records) {
        return write(records, false);
    }

    private List<MetadataBatch> write(List<MetadataRecord> records, boolean together) {
        LogPosition before = position;
        try {
            return cut(records, together);
        } catch (OversizedRecordException e) {
            position = before;
            throw e;
        }
    }

    private List<MetadataBatch> cut(List<MetadataRecord> records, boolean together) {
        List<MetadataBatch> batches = new ArrayList<>();
        RecordOutput framed = new RecordOutput();
        int first = 0;
        for (int next = 0; next < records.size(); next++) {
            int before = framed.size();
            RecordType.write(records.get(next), framed);
            boolean full =
                    framed.size() + MetadataBatch.HEADER_BYTES > MetadataBatch.MAX_BYTES
                            || next - first == MetadataBatch.MAX_RECORDS;
            if (full && next == first) {
                throw new OversizedRecordException(
                        records.get(next).type()
                                + " record of "
                                + framed.size()
                                + " bytes does not fit a metadata batch of "
                                + MetadataBatch.MAX_BYTES);
            }
            if (full) {
                framed.truncate(before);
                batches.add(seal(together, records.subList(first, next), framed));
                framed.truncate(0);
                first = next;
                next--;
            }
        }
        if (first < records.size()) {
            batches.add(seal(false, records.subList(first, records.size()), framed));
        }
        return batches;
    }

    private MetadataBatch seal(
            boolean continued, List<MetadataRecord> records, RecordOutput framed) {
        MetadataBatch.Header header =
                new MetadataBatch.Header(
                        0,
                        continued,
                        epoch,
                        position.nextOffset(),
                        random.nextLong(),
                        position.lastCrc());
        MetadataBatch batch = MetadataBatch.seal(header, records, framed);
        position = batch.positionAfter();
        return batch;
    }
}
