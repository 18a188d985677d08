package io.millrace.broker.shard;

import io.millrace.broker.log.TransactionMarker;
import io.millrace.protocol.error.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator wants done after one event: records to append, replies to give once everything
 * appended so far is committed, events to run later. Filled by the state machine, carried out by
 * {@link ShardRuntime}; the state machine itself does no I/O.
 */
public final class Effects {
    private final List<CoordinatorRecord> records = new ArrayList<>(1);
    private final List<Reply<?>> replies = new ArrayList<>(1);
    private final List<Later> later = new ArrayList<>(1);
    private final List<Outgoing> outgoing = new ArrayList<>(0);
    private @Nullable InTransaction inTransaction;
    private final List<Offload<?>> offloads = new ArrayList<>(0);

    /** An event for later. */
    public record Later(long delayMs, Consumer<Effects> event) {}

    /** A message for outside the shard, which is sent once everything before it is committed. */
    public interface Outgoing {}

    /**
     * A batch of its own: part of a producer's transaction, or the end of one. Other than with
     * records, the log may refuse it, because the producer is fenced; then nothing else of the
     * shard is in doubt.
     *
     * @param onCommitted runs when it is committed, before replies are given
     * @param onRefused runs when it was refused; replies of this event fail with the log's error
     */
    public record InTransaction(Batch batch, Runnable onCommitted, Runnable onRefused) {}

    /** What is in a batch that belongs to a transaction. */
    public sealed interface Batch {
        record Part(ProducerIdAndEpoch producer, List<CoordinatorRecord> records)
                implements Batch {}

        record End(TransactionMarker marker) implements Batch {}
    }

    /** An answer that waits for the records before it to be committed. */
    public record Reply<T>(CompletableFuture<T> to, T response) {
        public void give() {
            to.complete(response);
        }

        public void fail(ApiException failure) {
            to.completeExceptionally(failure);
        }
    }

    /** Work that takes too long for the loop, and what to do with its result back on the loop. */
    public record Offload<T>(Supplier<T> work, BiConsumer<T, Effects> then) {
        /** Runs the work, off the loop; the result waits for the loop. */
        public Consumer<Effects> run() {
            T result = work.get();
            return effects -> then.accept(result, effects);
        }
    }

    public void append(CoordinatorRecord record) {
        records.add(record);
    }

    public <T> void reply(CompletableFuture<T> to, T response) {
        replies.add(new Reply<>(to, response));
    }

    public void send(Outgoing message) {
        outgoing.add(message);
    }

    /** Appends a batch of a transaction; the event appends nothing else. */
    public void append(InTransaction batch) {
        inTransaction = batch;
    }

    public void schedule(long delayMs, Consumer<Effects> event) {
        later.add(new Later(delayMs, event));
    }

    /**
     * Has work done beside the loop.
     *
     * @param work must not touch the state machine, only values it was given
     * @param then gets the result on the loop, unless the state was thrown away meanwhile
     */
    public <T> void offload(Supplier<T> work, BiConsumer<T, Effects> then) {
        offloads.add(new Offload<>(work, then));
    }

    public List<CoordinatorRecord> records() {
        return records;
    }

    public List<Reply<?>> replies() {
        return replies;
    }

    public List<Later> later() {
        return later;
    }

    public List<Outgoing> outgoing() {
        return outgoing;
    }

    @Nullable InTransaction inTransaction() {
        return inTransaction;
    }

    public List<Offload<?>> offloads() {
        return offloads;
    }
}
