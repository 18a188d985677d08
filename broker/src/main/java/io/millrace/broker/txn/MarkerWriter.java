package io.millrace.broker.txn;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.TopicPartition;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ErrorCode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the decisions of one shard to the partitions: each gets its marker however often that
 * must be tried, except those that do not exist any more. Used on the shard's loop.
 */
final class MarkerWriter {
    private static final Logger LOGGER = LoggerFactory.getLogger(MarkerWriter.class);

    /** Between attempts at a partition that cannot take its marker now. */
    private static final int RETRY_MS = 100;

    private final EventLoop loop;
    private final MarkerTarget target;
    private final Supplier<MetadataImage> metadata;
    private final BooleanSupplier leading;

    /** By transactional id. What was sent again is tried no longer for its earlier sake. */
    private final Map<String, Writing> current = new HashMap<>();

    /**
     * @param metadata of a broker that knows every topic that a transaction can have written to
     * @param leading whether this broker still coordinates the shard; else it tries no longer
     */
    MarkerWriter(
            EventLoop loop,
            MarkerTarget target,
            Supplier<MetadataImage> metadata,
            BooleanSupplier leading) {
        this.loop = loop;
        this.target = target;
        this.metadata = metadata;
        this.leading = leading;
    }

    /** Runs {@code done} on the loop when every partition has its marker. */
    void write(MarkersDue due, Runnable done) {
        Writing writing = new Writing(due, done);
        current.put(due.transactionalId(), writing);
        for (TopicPartition partition : due.partitions()) {
            attempt(writing, partition);
        }
    }

    private void attempt(Writing writing, TopicPartition partition) {
        // A marker that comes late would end the next transaction of an old client.
        if (!leading.getAsBoolean() || current.get(writing.due.transactionalId()) != writing) {
            return;
        }
        target.write(partition, writing.due.marker())
                .whenComplete(
                        (answer, failure) ->
                                loop.execute(
                                        () ->
                                                onAnswer(
                                                        writing,
                                                        partition,
                                                        failure == null
                                                                ? answer
                                                                : ErrorCode.REQUEST_TIMED_OUT)));
    }

    private void onAnswer(Writing writing, TopicPartition partition, ErrorCode answer) {
        switch (answer) {
            case NONE -> finish(writing, partition);
            case UNKNOWN_TOPIC_OR_PARTITION -> {
                if (metadata.get().partition(partition.topic(), partition.partition()) == null) {
                    log(writing, partition, "the marker of a deleted partition is dropped");
                    finish(writing, partition);
                } else {
                    retry(writing, partition);
                }
            }
            case INVALID_PRODUCER_EPOCH, PRODUCER_FENCED -> {
                log(
                        writing,
                        partition,
                        "the producer's transaction was ended there by a later epoch");
                finish(writing, partition);
            }
            case TRANSACTION_COORDINATOR_FENCED ->
                    log(writing, partition, "a later coordinator ends this transaction");
            default -> retry(writing, partition);
        }
    }

    private void finish(Writing writing, TopicPartition partition) {
        if (writing.left.remove(partition) && writing.left.isEmpty()) {
            current.remove(writing.due.transactionalId(), writing);
            writing.done.run();
        }
    }

    private void retry(Writing writing, TopicPartition partition) {
        loop.schedule(RETRY_MS, () -> attempt(writing, partition));
    }

    private static void log(Writing writing, TopicPartition partition, String what) {
        LOGGER.atWarn()
                .addKeyValue("transactionalId", writing.due.transactionalId())
                .addKeyValue("partition", partition)
                .addKeyValue("marker", writing.due.marker())
                .log(what);
    }

    /** One transaction on its way. */
    private static final class Writing {
        private final MarkersDue due;
        private final Runnable done;
        private final Set<TopicPartition> left;

        Writing(MarkersDue due, Runnable done) {
            this.due = due;
            this.done = done;
            this.left = new HashSet<>(due.partitions());
        }
    }
}
