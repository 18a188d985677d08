package io.millrace.broker.txn;

import io.millrace.base.time.Clock;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.shard.Effects;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.broker.shard.ShardState;
import io.millrace.protocol.error.ErrorCode;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All transactional ids of one partition of {@code __transaction_state}: the state machine that
 * {@link io.millrace.broker.shard.ShardRuntime} runs. Each request reads a {@link Transaction},
 * records the next one and takes it over; the record is the change. What it decides leaves as
 * {@link MarkersDue} once the record is committed, and comes back as {@link #markersWritten}. Owned
 * by the shard's loop; no I/O.
 *
 * <pre>
 *            add                      end              markers written
 *   EMPTY ---------> ONGOING ---> PREPARE_COMMIT --> COMPLETE_COMMIT -+
 *     ^               |  ^   +--> PREPARE_ABORT ---> COMPLETE_ABORT --+
 *     |    init: fence|  |  time out                                  | add
 *     |               +--|----------------^                           |
 *     |                  +--------------------------------------------+
 *     +-- init: a new epoch, from EMPTY and COMPLETE_*
 * </pre>
 */
final class TransactionShard implements ShardState {
    private final TransactionConfig config;
    private final Clock clock;

    /** Leader epoch of the shard's partition; markers of an older coordinator are refused. */
    private final int coordinatorEpoch;

    private final Consumer<OpenTransactions> published;
    private final TransactionTable transactions = new TransactionTable();

    TransactionShard(
            TransactionConfig config,
            Clock clock,
            int coordinatorEpoch,
            Consumer<OpenTransactions> published) {
        this.config = config;
        this.clock = clock;
        this.coordinatorEpoch = coordinatorEpoch;
        this.published = published;
    }

    /** What the shard knows, for those who describe it. */
    TransactionTable transactions() {
        return transactions;
    }

    /** InitProducerId: a new instance takes the id over. */
    ProducerAnswer initialize(Initialization request, Effects effects) {
        if (request.timeoutMs() <= 0 || request.timeoutMs() > config.maxTimeoutMs()) {
            return new ProducerAnswer.Refused(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
        }
        Transaction known = transactions.find(request.transactionalId());
        return take(request.decide(known, clock.wallMs()), effects);
    }

    /**
     * AddPartitionsToTxn: the partitions belong to the transaction, which begins with the first.
     *
     * @param version {@code transaction.version} that the client speaks
     */
    ErrorCode add(
            String id,
            ProducerIdAndEpoch producer,
            Collection<TopicPartition> partitions,
            short version,
            Effects effects) {
        Transaction known = transactions.find(id);
        ErrorCode problem = checkOpenable(known, producer);
        if (known == null || problem != ErrorCode.NONE) {
            return problem;
        }
        boolean there =
                known.state() == TransactionState.ONGOING
                        && known.partitions().containsAll(partitions);
        if (!there) {
            record(known.withPartitions(partitions, version, clock.wallMs()), effects);
        }
        return ErrorCode.NONE;
    }

    /** Which of the partitions belong to the producer's transaction (KIP-890, part 1). */
    Map<TopicPartition, ErrorCode> verify(
            String id, ProducerIdAndEpoch producer, List<TopicPartition> partitions) {
        Transaction known = transactions.find(id);
        ErrorCode problem = checkOpenable(known, producer);
        Map<TopicPartition, ErrorCode> answers = new HashMap<>();
        for (TopicPartition partition : partitions) {
            ErrorCode answer = problem;
            if (problem == ErrorCode.NONE && known != null) {
                answer =
                        known.partitions().contains(partition)
                                ? ErrorCode.NONE
                                : ErrorCode.TRANSACTION_ABORTABLE;
            }
            answers.put(partition, answer);
        }
        return answers;
    }

    private static ErrorCode checkOpenable(
            @Nullable Transaction known, ProducerIdAndEpoch producer) {
        if (known == null || known.producer().producerId() != producer.producerId()) {
            return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
        }
        if (known.producer().epoch() != producer.epoch() || !producer.wasGiven()) {
            return ErrorCode.PRODUCER_FENCED;
        }
        return known.state().idle() || known.state() == TransactionState.ONGOING
                ? ErrorCode.NONE
                : ErrorCode.CONCURRENT_TRANSACTIONS;
    }

    /** EndTxn: commit or abort. */
    ProducerAnswer end(String id, TransactionEnd request, Effects effects) {
        return take(request.decide(transactions.find(id), clock.wallMs()), effects);
    }

    /** Every partition of a decided transaction has its marker. */
    void markersWritten(MarkersDue done, Effects effects) {
        Transaction known = transactions.find(done.transactionalId());
        if (known != null
                && known.state().prepared()
                && known.marker(coordinatorEpoch).equals(done.marker())) {
            record(known.completed(clock.wallMs()), effects);
        }
    }

    private ProducerAnswer take(Step step, Effects effects) {
        Transaction next = step.next();
        if (next != null) {
            record(next, effects);
        }
        return step.answer();
    }

    private void record(Transaction next, Effects effects) {
        effects.append(TransactionRecords.of(next));
        transactions.put(next);
        if (next.state().prepared()) {
            if (next.partitions().isEmpty()) {
                record(next.completed(clock.wallMs()), effects);
                return;
            }
            sendMarkers(next, effects);
        }
        published.accept(transactions.openTransactions());
    }

    private void sendMarkers(Transaction prepared, Effects effects) {
        effects.send(
                new MarkersDue(
                        prepared.id(),
                        prepared.marker(coordinatorEpoch),
                        List.copyOf(prepared.partitions())));
    }

    @Override
    public void apply(byte[] key, byte @Nullable [] value) {
        String id = TransactionRecords.idOf(key);
        if (id == null) {
            return;
        }
        if (value == null) {
            transactions.remove(id);
            return;
        }
        Transaction read = TransactionRecords.parse(id, value);
        if (read.state() == TransactionState.DEAD) {
            transactions.remove(id);
        } else {
            transactions.put(read);
        }
    }

    /** What was decided before is carried through; times begin to count. */
    @Override
    public void loaded(Effects effects) {
        for (Transaction transaction : List.copyOf(transactions.open())) {
            if (transaction.state().prepared()) {
                sendMarkers(transaction, effects);
            }
        }
        published.accept(transactions.openTransactions());
        scheduleTimeouts(effects);
        scheduleExpiry(effects);
    }

    @Override
    public void unload(Consumer<Effects.Reply<?>> replies) {
        transactions.clear();
        published.accept(OpenTransactions.NONE);
    }

    @Override
    public int size() {
        return transactions.size();
    }

    private void scheduleTimeouts(Effects effects) {
        effects.schedule(
                config.abortTimedOutIntervalMs(),
                later -> {
                    abortTimedOut(later);
                    scheduleTimeouts(later);
                });
    }

    private void abortTimedOut(Effects effects) {
        long now = clock.wallMs();
        for (Transaction transaction : List.copyOf(transactions.open())) {
            if (transaction.state() == TransactionState.ONGOING
                    && transaction.startMs() + transaction.timeoutMs() < now) {
                record(TransactionEnd.fenced(transaction, now), effects);
            }
        }
    }

    private void scheduleExpiry(Effects effects) {
        effects.schedule(
                config.removeExpiredIntervalMs(),
                later -> {
                    removeExpired(later);
                    scheduleExpiry(later);
                });
    }

    private void removeExpired(Effects effects) {
        long now = clock.wallMs();
        for (Transaction transaction : List.copyOf(transactions.all())) {
            if (transaction.state().idle()
                    && now - transaction.updatedMs() >= config.idExpirationMs()) {
                effects.append(TransactionRecords.tombstone(transaction.id()));
                transactions.remove(transaction.id());
            }
        }
    }
}
