package io.millrace.broker.txn;

import static io.millrace.broker.shard.ProducerIdAndEpoch.NO_EPOCH;
import static io.millrace.broker.shard.ProducerIdAndEpoch.NO_ID;

import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import java.util.Collection;
import java.util.Comparator;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the coordinator knows of one transactional id. Immutable: each step gives a changed copy.
 *
 * @param producer the instance that may use the id; its epoch is -1 until one was given out
 * @param previousProducerId id before the epochs of it were used up; -1 for none
 * @param nextProducerId id that the instance gets when this transaction is complete; -1 for the
 *     same
 * @param lastEpoch epoch before the last bump: a client that lost the answer, or whose transaction
 *     was aborted by the coordinator, says it and goes on (KIP-360); -1 for none. Not recorded: a
 *     retry after a failover is fenced
 * @param timeoutMs a transaction open for longer is aborted
 * @param partitions in the transaction; empty unless it is open or being ended
 * @param startMs wall clock of the first partition; -1 before the first transaction
 * @param updatedMs wall clock of the last step
 * @param clientVersion {@code transaction.version} that the client speaks; from 2 on each
 *     transaction ends with an epoch bump (KIP-890)
 */
public record Transaction(
        String id,
        ProducerIdAndEpoch producer,
        long previousProducerId,
        long nextProducerId,
        short lastEpoch,
        int timeoutMs,
        TransactionState state,
        SortedSet<TopicPartition> partitions,
        long startMs,
        long updatedMs,
        short clientVersion) {

    /** KIP-890, part 2. */
    static final short EPOCH_PER_TRANSACTION = 2;

    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

    public Transaction {
        partitions = sorted(partitions);
    }

    /** A new id, before its first instance. */
    static Transaction created(String id, long producerId, int timeoutMs, long nowMs) {
        return new Transaction(
                id,
                new ProducerIdAndEpoch(producerId, NO_EPOCH),
                NO_ID,
                NO_ID,
                NO_EPOCH,
                timeoutMs,
                TransactionState.EMPTY,
                sorted(Set.of()),
                -1,
                nowMs,
                (short) 0);
    }

    static SortedSet<TopicPartition> sorted(Collection<TopicPartition> partitions) {
        TreeSet<TopicPartition> sorted = new TreeSet<>(ORDER);
        sorted.addAll(partitions);
        return java.util.Collections.unmodifiableSortedSet(sorted);
    }

    boolean bumpsEpochPerTransaction() {
        return clientVersion >= EPOCH_PER_TRANSACTION;
    }

    /**
     * A new instance.
     *
     * @param last the epoch that its client had, or -1 if it did not say
     */
    Transaction initialized(ProducerIdAndEpoch instance, short last, int timeout, long nowMs) {
        boolean rotated =
                instance.producerId() != producer.producerId() && producer.epoch() != NO_EPOCH;
        return new Transaction(
                id,
                instance,
                rotated ? producer.producerId() : previousProducerId,
                NO_ID,
                last,
                timeout,
                TransactionState.EMPTY,
                sorted(Set.of()),
                -1,
                nowMs,
                clientVersion);
    }

    /** With more partitions, which opens the transaction if it was not open. */
    Transaction withPartitions(Collection<TopicPartition> more, short version, long nowMs) {
        TreeSet<TopicPartition> all = new TreeSet<>(ORDER);
        all.addAll(partitions);
        all.addAll(more);
        return new Transaction(
                id,
                producer,
                previousProducerId,
                nextProducerId,
                lastEpoch,
                timeoutMs,
                TransactionState.ONGOING,
                all,
                state == TransactionState.ONGOING ? startMs : nowMs,
                nowMs,
                version);
    }

    /**
     * Decided.
     *
     * @param next producer id to go on with, if the epochs of this one are used up; else -1
     */
    Transaction prepared(
            TransactionState decision,
            ProducerIdAndEpoch markedAs,
            long next,
            short version,
            long nowMs) {
        boolean bumped = markedAs.epoch() != producer.epoch();
        return new Transaction(
                id,
                markedAs,
                previousProducerId,
                next,
                bumped ? producer.epoch() : lastEpoch,
                timeoutMs,
                decision,
                partitions,
                state == TransactionState.ONGOING ? startMs : nowMs,
                nowMs,
                version);
    }

    /** All markers are written. */
    Transaction completed(long nowMs) {
        boolean rotates = nextProducerId != NO_ID;
        return new Transaction(
                id,
                rotates ? new ProducerIdAndEpoch(nextProducerId, (short) 0) : producer,
                rotates ? producer.producerId() : previousProducerId,
                NO_ID,
                lastEpoch,
                timeoutMs,
                state == TransactionState.PREPARE_COMMIT
                        ? TransactionState.COMPLETE_COMMIT
                        : TransactionState.COMPLETE_ABORT,
                sorted(Set.of()),
                startMs,
                nowMs,
                clientVersion);
    }

    /** What ends it in its partitions. */
    TransactionMarker marker(int coordinatorEpoch) {
        return new TransactionMarker(
                producer.producerId(),
                producer.epoch(),
                coordinatorEpoch,
                state == TransactionState.PREPARE_COMMIT,
                clientVersion);
    }
}
