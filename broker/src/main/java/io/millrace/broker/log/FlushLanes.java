package io.millrace.broker.log;

import io.millrace.base.loop.EventLoop;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Forces the logs of one directory to the device for those who wait for it: group commit. A log has
 * at most one flush under way; whatever is appended to it meanwhile shares the next one. Several
 * lanes force different logs at the same time, because a file system then puts all of them into one
 * commit of its journal, which one fsync after the other would each wait for alone. Any thread.
 */
final class FlushLanes {
    private final List<EventLoop> lanes;
    private final Flusher flusher;
    private final ConcurrentLinkedQueue<Waiting> waiting = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<EventLoop> idle;

    private record Waiting(LogFlush flush, Consumer<@Nullable IOException> done) {}

    /** Runs one flush; gives the failure, if there was one. */
    @FunctionalInterface
    interface Flusher {
        @Nullable IOException run(LogFlush flush);
    }

    FlushLanes(List<EventLoop> lanes, Flusher flusher) {
        this.lanes = List.copyOf(lanes);
        this.flusher = flusher;
        this.idle = new ConcurrentLinkedQueue<>(this.lanes);
    }

    /** The outcome is told on the lane that forced the log. */
    void flush(LogFlush flush, Consumer<@Nullable IOException> done) {
        waiting.add(new Waiting(flush, done));
        wakeLane();
    }

    private void wakeLane() {
        EventLoop lane = idle.poll();
        if (lane != null) {
            lane.post(() -> drain(lane));
        }
    }

    /** INVARIANT: whoever waits either finds an idle lane or is found by one that is not. */
    private void drain(EventLoop lane) {
        lane.assertInLoop();
        Waiting next;
        while ((next = waiting.poll()) != null) {
            next.done.accept(flusher.run(next.flush));
        }
        idle.add(lane);
        if (!waiting.isEmpty()) {
            wakeLane();
        }
    }

    @Override
    public String toString() {
        return lanes.toString();
    }
}
