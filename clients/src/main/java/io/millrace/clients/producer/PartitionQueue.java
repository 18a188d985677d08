package io.millrace.clients.producer;

import io.millrace.clients.TopicPartition;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Batches of one partition on their way out. Senders append to the open batch and the network loop
 * takes batches from the other end; both hold {@link #lock()} for that, for as long as writing one
 * record (or compressing one batch) takes. Everything else here belongs to the loop alone: retries,
 * batches in flight, and the partition's place in the producer's sequence.
 *
 * <p>INVARIANT: sequences of batches in {@code retries} and {@code inFlight} end before {@code
 * nextSequence} and are without gap, unless one was given up; no new batch is sent while there are
 * retries. A batch that the broker may have keeps its sequence for as long as it is retried, or it
 * could be stored twice.
 */
final class PartitionQueue {
    private final TopicPartition partition;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<ProducerBatch> sealed = new ArrayDeque<>();
    private @Nullable ProducerBatch open;
    private final AtomicBoolean announced = new AtomicBoolean();

    // Of the loop:
    private final List<ProducerBatch> retries = new ArrayList<>();
    private final List<ProducerBatch> inFlight = new ArrayList<>();
    private long retryAtNanos;
    private boolean retryDelayed;
    private long producerId = RecordBatchHeader.NO_PRODUCER_ID;
    private short producerEpoch = RecordBatchHeader.NO_PRODUCER_EPOCH;
    private int nextSequence;
    private boolean restartSequence;
    private boolean gaveUpInDoubt;

    PartitionQueue(TopicPartition partition) {
        this.partition = partition;
    }

    TopicPartition partition() {
        return partition;
    }

    /** Guards the open batch and the sealed ones. */
    ReentrantLock lock() {
        return lock;
    }

    /** Only with the lock. */
    @Nullable ProducerBatch open() {
        return open;
    }

    /** Only with the lock. */
    void open(ProducerBatch batch) {
        open = batch;
    }

    /** Ends the open batch, if there is one with records. Only with the lock. */
    void sealOpen() {
        ProducerBatch batch = open;
        if (batch != null && batch.count() > 0) {
            open = null;
            batch.seal();
            sealed.add(batch);
        }
    }

    /** Marks that the loop was told to look here; false if it was told already. */
    boolean announce() {
        return !announced.get() && announced.compareAndSet(false, true);
    }

    /** The loop looks now. */
    void looked() {
        announced.set(false);
    }

    /** What the loop could send next without counting the open batch. */
    boolean hasSealedOrRetries() {
        if (!retries.isEmpty()) {
            return true;
        }
        lock.lock();
        try {
            return !sealed.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** When the open batch was begun; empty text of time: -1 if there is none. */
    long openSinceNanos(long none) {
        lock.lock();
        try {
            ProducerBatch batch = open;
            return batch == null || batch.count() == 0 ? none : batch.createdNanos();
        } finally {
            lock.unlock();
        }
    }

    boolean isIdle() {
        if (!retries.isEmpty() || !inFlight.isEmpty()) {
            return false;
        }
        lock.lock();
        try {
            return sealed.isEmpty() && (open == null || open.count() == 0);
        } finally {
            lock.unlock();
        }
    }

    /** The first batch that waits to be sent for the first time. */
    @Nullable ProducerBatch peekSealed(boolean alsoOpen) {
        lock.lock();
        try {
            if (sealed.isEmpty() && alsoOpen) {
                sealOpen();
            }
            return sealed.peek();
        } finally {
            lock.unlock();
        }
    }

    void removeSealed(ProducerBatch batch) {
        lock.lock();
        try {
            sealed.remove(batch);
        } finally {
            lock.unlock();
        }
    }

    /** All batches not sent yet, taken out: for a producer that gives up. */
    List<ProducerBatch> takeAllUnsent() {
        lock.lock();
        try {
            sealOpen();
            List<ProducerBatch> all = new ArrayList<>(retries);
            all.addAll(sealed);
            sealed.clear();
            retries.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Batches that waited too long without being sent, taken out. */
    List<ProducerBatch> takeExpired(long createdBeforeNanos) {
        List<ProducerBatch> expired = new ArrayList<>();
        lock.lock();
        try {
            if (open != null && open.createdNanos() - createdBeforeNanos < 0) {
                sealOpen();
            }
            while (!sealed.isEmpty() && sealed.getFirst().createdNanos() - createdBeforeNanos < 0) {
                expired.add(sealed.removeFirst());
            }
        } finally {
            lock.unlock();
        }
        for (ProducerBatch batch : List.copyOf(retries)) {
            if (batch.createdNanos() - createdBeforeNanos < 0) {
                expired.add(batch);
                retries.remove(batch);
                giveUpInDoubt();
            }
        }
        return expired;
    }

    List<ProducerBatch> retries() {
        return retries;
    }

    List<ProducerBatch> inFlight() {
        return inFlight;
    }

    /** Puts a batch back for another attempt, in the order of sequences, else of creation. */
    void retry(ProducerBatch batch, long atNanos) {
        retries.add(batch);
        retries.sort(
                Comparator.comparingLong(
                        (ProducerBatch waiting) ->
                                waiting.hasSequence()
                                        ? distance(waiting.baseSequence())
                                        : waiting.createdNanos() - batch.createdNanos()));
        retryAtNanos = atNanos;
        retryDelayed = true;
    }

    boolean retryIsDue(long nowNanos) {
        return !retryDelayed || nowNanos - retryAtNanos >= 0;
    }

    long retryAtNanos() {
        return retryAtNanos;
    }

    /** Negative for every sequence used, least for the oldest; right across the wrap to zero. */
    private long distance(int sequence) {
        long behind = (long) nextSequence - sequence;
        return -(behind >= 0 ? behind : behind + Integer.MAX_VALUE + 1L);
    }

    /** Whether every batch before this one is acknowledged. */
    boolean isOldest(ProducerBatch batch) {
        long own = distance(batch.baseSequence());
        return inFlight.stream().allMatch(other -> distance(other.baseSequence()) >= own)
                && retries.stream().allMatch(other -> distance(other.baseSequence()) >= own);
    }

    /** The next batch starts a new sequence, under the producer's identity of then. */
    void restartSequence() {
        restartSequence = true;
        gaveUpInDoubt = false;
    }

    /**
     * A batch with a sequence was given up, and the broker may or may not have it. Those sent after
     * it are in doubt as well, so the sequence goes on until all of them are settled.
     */
    void giveUpInDoubt() {
        gaveUpInDoubt = true;
    }

    /** Whether a batch was given up in doubt and nothing else is left of its sequence. */
    boolean isSequenceSpent() {
        return gaveUpInDoubt && inFlight.isEmpty() && retries.isEmpty();
    }

    /**
     * Gives a batch its sequence before it is sent: a new one, or for a retry the old one, unless
     * the sequence starts over, which it only does while nothing is in flight.
     */
    void assignSequence(ProducerBatch batch, long id, short epoch) {
        boolean identityChanged = producerId != id || producerEpoch != epoch;
        // A batch that was sent before keeps its number, or it could be stored a second time.
        boolean fresh = identityChanged && retries.isEmpty() && !batch.hasSequence();
        if (inFlight.isEmpty() && (restartSequence || fresh)) {
            producerId = id;
            producerEpoch = epoch;
            nextSequence = 0;
            restartSequence = false;
            batch.sequence(id, epoch, 0);
            nextSequence = batch.count();
            // Retries behind this one get theirs, in their order, when they are sent.
            retries.forEach(waiting -> waiting.sequence(id, epoch, takeSequence(waiting)));
        } else if (!batch.hasSequence()) {
            batch.sequence(producerId, producerEpoch, takeSequence(batch));
        }
    }

    /** Whether a new batch must wait until nothing is in flight, because the sequence restarts. */
    boolean mustDrainFirst() {
        return (restartSequence || gaveUpInDoubt) && !inFlight.isEmpty();
    }

    private int takeSequence(ProducerBatch batch) {
        int first = nextSequence;
        nextSequence = RecordBatchView.sequenceAfter(first, batch.count());
        return first;
    }

    long producerId() {
        return producerId;
    }

    short producerEpoch() {
        return producerEpoch;
    }
}
