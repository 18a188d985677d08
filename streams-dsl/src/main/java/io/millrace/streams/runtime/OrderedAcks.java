package io.millrace.streams.runtime;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.producer.SendCallback;
import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.errors.TaskFencedException;
import org.jspecify.annotations.Nullable;

/**
 * Acknowledgements of one partition that only this task writes to: their offsets must follow one
 * another. A gap means that somebody else has written, so has taken the task over, or is an earlier
 * owner that does not know yet that it was. Acknowledgements come on the network loop; the task's
 * thread looks after a flush.
 */
final class OrderedAcks implements SendCallback {
    private final TopicPartition partition;
    private volatile long expected;
    private volatile long foreignAt = -1;
    private volatile @Nullable ClientException failure;

    /**
     * @param next offset the next record must get
     */
    OrderedAcks(TopicPartition partition, long next) {
        this.partition = partition;
        this.expected = next;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer: the network loop
    public void onAcknowledged(TopicPartition to, long offset, long timestampMs) {
        if (offset != expected && foreignAt < 0) {
            foreignAt = expected;
        }
        expected = offset + 1;
    }

    @Override
    public void onFailed(TopicPartition to, ClientException error) {
        failure = error;
    }

    /** Offset behind the last acknowledged record. */
    long next() {
        return expected;
    }

    /** Throws if a record was not acknowledged, or if the partition has another writer. */
    void check() {
        ClientException failed = failure;
        if (failed != null) {
            throw new StreamsException(partition + ": a record was not acknowledged", failed);
        }
        if (foreignAt >= 0) {
            throw new TaskFencedException(
                    partition
                            + ": somebody else wrote at offset "
                            + foreignAt
                            + "; the task is taken over, what it did since its last commit is"
                            + " void");
        }
    }
}
