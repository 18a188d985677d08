package io.millrace.broker.controller;

import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.BatchWriter;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.zk.election.ControllerTerm;
import io.millrace.zk.log.AppendResult;
import io.millrace.zk.log.LogFollower;
import io.millrace.zk.log.MetadataLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One term that this broker leads, while it lasts: the right to append, and the speculative image,
 * which runs ahead of the log by what is under way. When the term ends it is thrown away. Owned by
 * the metadata loop.
 */
final class LedTerm {
    private final ControllerTerm right;
    private final BatchWriter writer;
    private final MetadataLog log;
    private final LogFollower follower;
    private MetadataImage image;
    private CompletableFuture<AppendResult> lastAppend;

    LedTerm(ControllerTerm right, BatchWriter writer, MetadataLog log, LogFollower follower) {
        this.right = right;
        this.writer = writer;
        this.log = log;
        this.follower = follower;
        this.image = follower.image();
        this.lastAppend =
                CompletableFuture.completedFuture(new AppendResult.Committed(right.head()));
    }

    ControllerTerm right() {
        return right;
    }

    /** The image with everything that was appended, committed or not. */
    MetadataImage image() {
        return image;
    }

    /** Offset of the next record. */
    long nextOffset() {
        return writer.position().nextOffset();
    }

    /**
     * What became of the last append. A decision without records rests on the speculative image:
     * what that contains must be committed, too, before anybody is told.
     */
    CompletableFuture<AppendResult> lastAppend() {
        return lastAppend;
    }

    /**
     * Appends the records; the future tells what became of the last batch.
     *
     * @param together whether they take effect at once; otherwise batch by batch
     */
    CompletableFuture<AppendResult> append(List<MetadataRecord> records, boolean together) {
        ImageEditor editor = new ImageEditor(image);
        records.forEach(editor::apply);
        List<CompletableFuture<AppendResult>> results = new ArrayList<>();
        List<MetadataBatch> batches =
                together ? writer.write(records) : writer.writeSingly(records);
        for (MetadataBatch batch : batches) {
            results.add(log.append(right, batch));
        }
        image = editor.finish(writer.position()).after();
        results.forEach(
                written ->
                        written.thenAccept(
                                result -> {
                                    if (result instanceof AppendResult.Committed committed) {
                                        follower.moved(committed.position());
                                    }
                                }));
        lastAppend = results.get(results.size() - 1);
        return lastAppend;
    }
}
