package io.millrace.broker.partition;

import io.millrace.broker.log.PartitionLog;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Transactional batches of one partition that wait for the coordinator's word on the first of them
 * (KIP-890). Owned by the partition's owner.
 */
final class VerificationGate {
    private final TopicPartition id;
    private final BiConsumer<Held, ErrorCode> onAnswer;
    private final Map<Key, Held> held = new HashMap<>(0);

    private record Key(long producerId, short epoch) {}

    /** The batches of one producer, in their order. */
    static final class Held {
        private final Key key;
        private final List<PendingAppend> appends = new ArrayList<>(1);

        /** The transaction that the coordinator is asked about has ended in the meantime. */
        private boolean tooLate;

        Held(Key key) {
            this.key = key;
        }

        List<PendingAppend> appends() {
            return appends;
        }
    }

    /**
     * @param onAnswer called from any thread; to go on with {@link #release} on the owner
     */
    VerificationGate(TopicPartition id, BiConsumer<Held, ErrorCode> onAnswer) {
        this.id = id;
        this.onAnswer = onAnswer;
    }

    /** Whether the append has to wait; it is kept here then. */
    boolean holds(PendingAppend append, PartitionLog log) {
        TransactionCheck check = append.takeCheck();
        if (check == null) {
            return false;
        }
        Key key = new Key(append.batch.producerId(), append.batch.producerEpoch());
        Held before = held.get(key);
        if (before != null) {
            before.appends.add(append);
            check.notNeeded();
            return true;
        }
        if (log.inTransaction(key.producerId, key.epoch) || log.isDuplicate(append.batch)) {
            check.notNeeded();
            return false;
        }
        Held first = new Held(key);
        first.appends.add(append);
        held.put(key, first);
        append.terms = append.terms.with(check.proof());
        check.needed(id).thenAccept(error -> onAnswer.accept(first, error));
        return true;
    }

    /**
     * A marker was appended. Batches of the transaction that it ends must not follow, whatever the
     * coordinator said before. Where each transaction has an epoch of its own, their epoch tells.
     */
    void onMarker(TransactionMarker marker) {
        Held waiting = held.get(new Key(marker.producerId(), marker.producerEpoch()));
        if (waiting != null && !marker.endsOnlyOlderEpochs()) {
            waiting.tooLate = true;
        }
    }

    /**
     * Lets go of what waited for an answer.
     *
     * @return what is to be said of the appends; none of them is there if their wait ended before
     */
    ErrorCode release(Held answered, ErrorCode error) {
        if (!held.remove(answered.key, answered)) {
            answered.appends.clear();
        }
        return error == ErrorCode.NONE && answered.tooLate ? ErrorCode.INVALID_TXN_STATE : error;
    }

    /** Takes out what has waited long enough, with all that follow: none may overtake. */
    List<PendingAppend> takeLate(long nowMs) {
        List<PendingAppend> late = new ArrayList<>();
        held.values()
                .removeIf(
                        waiting -> {
                            boolean over = waiting.appends.get(0).deadlineMs <= nowMs;
                            if (over) {
                                late.addAll(waiting.appends);
                            }
                            return over;
                        });
        return late;
    }

    void forEach(Consumer<PendingAppend> action) {
        held.values().forEach(waiting -> waiting.appends.forEach(action));
    }

    /** Takes everything out. */
    List<PendingAppend> drain() {
        List<PendingAppend> all = new ArrayList<>();
        held.values().forEach(waiting -> all.addAll(waiting.appends));
        held.clear();
        return all;
    }
}
