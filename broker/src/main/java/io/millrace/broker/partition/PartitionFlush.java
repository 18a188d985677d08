package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.LogFlush;
import io.millrace.broker.log.PartitionLog;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Forces the log of one partition to the device: at once with {@code flush.on.ack}, else when
 * {@code flush.messages}, {@code flush.ms} or a checkpoint ask for it. One flush at a time; what is
 * written meanwhile waits for the next. Owned by the partition's owner.
 */
final class PartitionFlush {
    private final EventLoop owner;
    private final PartitionIdentity identity;
    private final PartitionState state;
    private final Listener listener;
    private boolean flushing;
    private boolean flushTimer;

    /** Hears of every flush on the owner's loop. */
    interface Listener {
        void onFlushed(PartitionLog log);

        void onFlushFailed(IOException failure);

        /** The log as it is now: another object after it was cut, or null. */
        @Nullable PartitionLog current();
    }

    /** Pause before a full disk is tried again that keeps a log from being safe. */
    static final long RETRY_MS = 1_000;

    PartitionFlush(
            EventLoop owner, PartitionIdentity identity, PartitionState state, Listener listener) {
        this.owner = owner;
        this.identity = identity;
        this.state = state;
        this.listener = listener;
    }

    boolean isFlushing() {
        return flushing;
    }

    void flushIfNeeded(PartitionLog open) {
        if (flushing || open.recoveryPoint() >= open.endOffset()) {
            return;
        }
        if (!helps(open)) {
            flushIn(RETRY_MS);
        } else if (state.config().flushOnAck() || open.flushDue()) {
            flush(open, failure -> {});
        } else if (state.config().flushMs() < Long.MAX_VALUE) {
            flushIn(state.config().flushMs());
        }
    }

    private boolean helps(PartitionLog open) {
        try {
            return open.flushHelps();
        } catch (IOException e) {
            identity.directory().fail(identity.id() + ": write failed", e);
            listener.onFlushFailed(e);
            return false;
        }
    }

    private void flushIn(long delayMs) {
        if (!flushTimer) {
            flushTimer = true;
            owner.schedule(delayMs, this::onTimer);
        }
    }

    private void onTimer() {
        flushTimer = false;
        PartitionLog open = listener.current();
        if (open != null) {
            flushIfNeeded(open);
        }
    }

    /** Forces the log to the device; {@code done} hears of it on the owner's loop. */
    void flush(PartitionLog open, Consumer<@Nullable IOException> done) {
        flushing = true;
        LogFlush flush = open.prepareFlush();
        Consumer<@Nullable IOException> forced =
                failure ->
                        owner.post(
                                () -> {
                                    onFlushed(open, flush.upToOffset(), failure);
                                    done.accept(failure);
                                });
        if (state.config().flushOnAck()) {
            identity.directory().flushNow(flush, forced);
        } else {
            identity.directory().flushLater(flush, forced);
        }
    }

    private void onFlushed(PartitionLog flushed, long upTo, @Nullable IOException failure) {
        owner.assertInLoop();
        flushing = false;
        PartitionLog open = listener.current();
        if (open == flushed && failure != null) {
            listener.onFlushFailed(failure);
            return;
        }
        if (open == flushed) {
            open.flushed(upTo);
            listener.onFlushed(open);
        }
        if (open != null) {
            flushIfNeeded(open);
        }
    }
}
