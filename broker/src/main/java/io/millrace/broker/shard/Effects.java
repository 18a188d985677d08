package io.millrace.broker.shard;

import io.millrace.protocol.error.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What a coordinator wants done after one event: records to append, replies to give once everything
 * appended so far is committed, events to run later. Filled by the state machine, carried out by
 * {@link ShardRuntime}; the state machine itself does no I/O.
 */
public final class Effects {
    private final List<CoordinatorRecord> records = new ArrayList<>(1);
    private final List<Reply<?>> replies = new ArrayList<>(1);
    private final List<Later> later = new ArrayList<>(1);

    /** An event for later. */
    public record Later(long delayMs, Consumer<Effects> event) {}

    /** An answer that waits for the records before it to be committed. */
    public record Reply<T>(CompletableFuture<T> to, T response) {
        public void give() {
            to.complete(response);
        }

        public void fail(ApiException failure) {
            to.completeExceptionally(failure);
        }
    }

    public void append(CoordinatorRecord record) {
        records.add(record);
    }

    public <T> void reply(CompletableFuture<T> to, T response) {
        replies.add(new Reply<>(to, response));
    }

    public void schedule(long delayMs, Consumer<Effects> event) {
        later.add(new Later(delayMs, event));
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
}
