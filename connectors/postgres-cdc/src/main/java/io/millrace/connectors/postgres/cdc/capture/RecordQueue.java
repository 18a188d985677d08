package io.millrace.connectors.postgres.cdc.capture;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * The way from the capture thread to the task's polls, bounded in records and bytes. A batch is
 * taken in as long as the queue is below its bounds, so it exceeds them by one batch at most. It
 * also carries the failure that ended the capture.
 */
public final class RecordQueue {
    /** A record and what it weighs. */
    record Sized(SourceRecord record, int bytes) {}

    private final int maxRecords;
    private final long maxBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Sized> records = new ArrayDeque<>();
    private long bytes;
    private boolean closed;
    private @Nullable ConnectException failure;

    public RecordQueue(int maxRecords, long maxBytes) {
        this.maxRecords = maxRecords;
        this.maxBytes = maxBytes;
    }

    /** Takes the batch in, or gives up after {@code waitMs} and returns false. */
    boolean offer(List<Sized> batch, long waitMs) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(waitMs);
            while (!closed && (records.size() >= maxRecords || bytes >= maxBytes)) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = changed.awaitNanos(nanos);
            }
            if (closed) {
                throw new InterruptedException("the task is stopping");
            }
            for (Sized sized : batch) {
                records.addLast(sized);
                bytes += sized.bytes();
            }
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Up to {@code max} records, an empty list after {@code waitMs} without any. */
    public List<SourceRecord> poll(int max, long waitMs) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(waitMs);
            while (records.isEmpty() && failure == null && !closed && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            if (records.isEmpty() && failure != null) {
                throw new ConnectException(failure.getMessage(), failure);
            }
            int count = Math.min(max, records.size());
            List<SourceRecord> batch = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                Sized sized = records.removeFirst();
                bytes -= sized.bytes();
                batch.add(sized.record());
            }
            changed.signalAll();
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** The capture ended: polls throw once the records before it are out. */
    void fail(ConnectException cause) {
        lock.lock();
        try {
            failure = cause;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Frees whoever waits. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
