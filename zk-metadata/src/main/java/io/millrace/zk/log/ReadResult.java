package io.millrace.zk.log;

import io.millrace.metadata.image.MetadataSnapshot;
import io.millrace.metadata.record.MetadataBatch;
import java.util.List;

/** What a reader finds behind an offset. */
public sealed interface ReadResult {

    /** The next batches in order; none if the log ends there. More may follow. */
    record Batches(List<MetadataBatch> batches) implements ReadResult {
        public Batches {
            batches = List.copyOf(batches);
        }
    }

    /** The log no longer holds that offset; continue behind this snapshot. */
    record Trimmed(MetadataSnapshot snapshot) implements ReadResult {}
}
