package io.millrace.broker.log.compaction;

import io.millrace.broker.log.CleanedSegment;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.log.ProducerEnd;
import io.millrace.broker.log.TopicPartition;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** A log as the cleaner sees it: state to read from any thread, and requests to its owner. */
public interface CompactedLog {
    TopicPartition id();

    UUID topicId();

    LogConfig config();

    LogDirectory directory();

    /** Empty as long as nothing has opened the log. */
    Optional<LogSnapshot> snapshot();

    /** Opens the log. */
    CompletableFuture<Void> load();

    /** What the producers that the log remembers wrote last. */
    CompletableFuture<Map<Long, ProducerEnd>> producerEnds();

    /** Takes a segment in; false if the log has changed so that it does not fit any more. */
    CompletableFuture<Boolean> replace(CleanedSegment cleaned);
}
