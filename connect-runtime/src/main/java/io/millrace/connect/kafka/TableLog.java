package io.millrace.connect.kafka;

import io.millrace.connect.store.KeyValue;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A compacted topic that a worker keeps as a table: it reads every record, in order per partition,
 * and writes by appending. What is written takes effect when it is read back. Safe from any thread.
 */
public interface TableLog extends AutoCloseable {

    /** Told of every record, on the thread that reads; must not block. */
    interface Listener {
        void onRecord(long offset, byte @Nullable [] key, byte @Nullable [] value);
    }

    /** Begins to read. Completes when everything written before this call was delivered. */
    CompletableFuture<Void> start(Listener listener);

    /** Appends records in this order; completes when all are durable. */
    CompletableFuture<Void> append(List<KeyValue> records);

    /** Completes when everything durable before this call was delivered. */
    CompletableFuture<Void> readToEnd();

    /** Appends, then waits until the records were delivered here. */
    default CompletableFuture<Void> appendAndRead(List<KeyValue> records) {
        return append(records).thenCompose(written -> readToEnd());
    }

    @Override
    void close();
}
