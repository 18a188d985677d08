package io.millrace.base.loop;

import io.millrace.base.time.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * A fixed set of loops that many owners share: an owner always gets the same loop for the same key.
 */
public final class EventLoopGroup implements AutoCloseable {
    private final List<EventLoop> loops;
    private final Runnable closeAll;

    private EventLoopGroup(List<EventLoop> loops, Runnable closeAll) {
        this.loops = List.copyOf(loops);
        this.closeAll = closeAll;
    }

    /** {@code count} threads named {@code name-0}, {@code name-1}, … */
    public static EventLoopGroup threaded(
            String name, int count, Clock clock, LoopFailureListener onFailure) {
        if (count < 1) {
            throw new IllegalArgumentException(name + ": needs at least one loop, got " + count);
        }
        List<EventLoop> loops = new ArrayList<>(count);
        List<ThreadedEventLoop> threads = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ThreadedEventLoop loop = ThreadedEventLoop.start(name + "-" + i, clock, onFailure);
            loops.add(loop);
            threads.add(loop);
        }
        return new EventLoopGroup(loops, () -> threads.forEach(ThreadedEventLoop::close));
    }

    /** Everything on one loop, for tests and simulation. */
    public static EventLoopGroup single(EventLoop loop) {
        return of(List.of(loop));
    }

    /** Loops that somebody else runs and ends. */
    public static EventLoopGroup of(List<? extends EventLoop> loops) {
        return new EventLoopGroup(List.copyOf(loops), () -> {});
    }

    /** The loop that owns everything with this key. */
    public EventLoop loopFor(Object key) {
        int spread = key.hashCode() * 0x9E3779B9;
        return loops.get((spread >>> 1) % loops.size());
    }

    public List<EventLoop> loops() {
        return loops;
    }

    @Override
    public void close() {
        closeAll.run();
    }
}
