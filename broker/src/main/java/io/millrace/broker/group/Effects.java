package io.millrace.broker.group;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What a group wants done after one event: records to append, replies to give once everything
 * appended so far is committed, events to run later. Filled by the state machine, carried out by
 * {@link ShardRuntime}; the state machine itself does no I/O.
 */
public final class Effects {
    private final List<CoordinatorRecord> records = new ArrayList<>(1);
    private final List<Runnable> replies = new ArrayList<>(1);
    private final List<Later> later = new ArrayList<>(1);

    /** An event for later. */
    record Later(long delayMs, Consumer<Effects> event) {}

    void append(CoordinatorRecord record) {
        records.add(record);
    }

    <T> void reply(CompletableFuture<T> to, T response) {
        replies.add(() -> to.complete(response));
    }

    void schedule(long delayMs, Consumer<Effects> event) {
        later.add(new Later(delayMs, event));
    }

    public List<CoordinatorRecord> records() {
        return records;
    }

    public List<Runnable> replies() {
        return replies;
    }

    List<Later> later() {
        return later;
    }
}
