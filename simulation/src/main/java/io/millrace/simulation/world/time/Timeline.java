package io.millrace.simulation.world.time;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.RandomSource;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All loops of a simulated world on one thread, in virtual time. Whenever several loops have
 * something to do, the seed decides which goes next; when none has, time jumps to the next timer.
 * An event takes no time unless it says so ({@link #stall}). Everything that happened goes into a
 * hash, so that two runs of one seed can be compared.
 */
public final class Timeline {
    /** Events remembered for the report of a violation. */
    private static final int REMEMBERED = 256;

    private final RandomSource order;
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final List<SimulatedLoop> ready = new ArrayList<>();
    private final long[] recentNanos = new long[REMEMBERED];
    private final SimulatedLoop[] recentLoops = new SimulatedLoop[REMEMBERED];
    private final Class<?>[] recentEvents = new Class<?>[REMEMBERED];
    private long nanos;
    private long steps;
    private long hash = 17;
    private long nextTimer;
    private int nextLoop;
    private @Nullable SimulatedLoop running;
    private @Nullable Watcher watcher;

    /** Hears of every event before it runs: for comparing two runs that should be the same. */
    @FunctionalInterface
    public interface Watcher {
        void event(long step, long nanos, String loop, String what, long hash);
    }

    /** One event, for reports. */
    public record Happened(long step, long nanos, String loop, String what) {}

    public Timeline(RandomSource order) {
        this.order = order;
    }

    /** Virtual nanoseconds since the world began. */
    public long nanos() {
        return nanos;
    }

    /** Events run so far. */
    public long steps() {
        return steps;
    }

    /** Tells two runs apart as soon as they differ in one event. */
    public long hash() {
        return hash;
    }

    /** Makes something that is no event part of the hash: bytes sent, a decision taken. */
    public void mix(long value) {
        hash = (hash ^ value) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
    }

    public void watch(Watcher newWatcher) {
        watcher = newWatcher;
    }

    /** The loop whose event runs now. */
    @Nullable SimulatedLoop running() {
        return running;
    }

    /**
     * What runs now takes this long: its loop does nothing else meanwhile, others do. For waits on
     * the disk.
     */
    public void stall(long forNanos) {
        SimulatedLoop loop = running;
        if (loop != null && forNanos > 0) {
            loop.busyUntil(Math.max(nanos, loop.busyUntil()) + forNanos);
        }
    }

    /** Runs one event; false if nothing will ever happen again. */
    public boolean step() {
        while (ready.isEmpty()) {
            Timer next = timers.poll();
            if (next == null) {
                return false;
            }
            fire(next);
        }
        int pick = ready.size() == 1 ? 0 : order.nextInt(ready.size());
        SimulatedLoop loop = ready.get(pick);
        Runnable event = loop.takeNext();
        if (event == null) {
            removeReady(loop);
            return true;
        }
        steps++;
        mix(nanos * 31 + loop.number());
        remember(loop, event);
        SimulatedLoop outer = running;
        running = loop;
        try {
            event.run();
        } catch (Throwable e) {
            loop.process().failed(loop, e);
        } finally {
            running = outer;
        }
        if (!loop.hasWork()) {
            removeReady(loop);
        }
        return true;
    }

    /** Runs until this time, or until {@code stop} says so, asked after each event. */
    public void runUntil(long untilNanos, BooleanSupplier stop) {
        while (!stop.getAsBoolean()) {
            if (ready.isEmpty()) {
                Timer next = timers.peek();
                if (next == null || next.dueNanos > untilNanos) {
                    nanos = Math.max(nanos, untilNanos);
                    return;
                }
            }
            if (!step()) {
                nanos = Math.max(nanos, untilNanos);
                return;
            }
        }
    }

    /** The last events, oldest first. */
    public List<Happened> recent() {
        List<Happened> list = new ArrayList<>();
        for (long step = Math.max(1, steps - REMEMBERED + 1); step <= steps; step++) {
            int at = (int) (step % REMEMBERED);
            list.add(
                    new Happened(
                            step,
                            recentNanos[at],
                            recentLoops[at].name(),
                            nameOf(recentEvents[at])));
        }
        return list;
    }

    private static String nameOf(Class<?> event) {
        String name = event.getName();
        int lambda = name.indexOf("$$");
        int end = lambda < 0 ? name.length() : lambda;
        return name.substring(name.lastIndexOf('.', end) + 1, end);
    }

    private void remember(SimulatedLoop loop, Runnable event) {
        int at = (int) (steps % REMEMBERED);
        recentNanos[at] = nanos;
        recentLoops[at] = loop;
        recentEvents[at] = event instanceof Timer timer ? timer.event.getClass() : event.getClass();
        if (watcher != null) {
            watcher.event(steps, nanos, loop.name(), nameOf(recentEvents[at]), hash);
        }
    }

    private void fire(Timer timer) {
        if (timer.cancelled) {
            return;
        }
        nanos = Math.max(nanos, timer.dueNanos);
        // Also a paused process sees it, when it wakes up.
        timer.loop.post(timer);
    }

    Timer schedule(SimulatedLoop loop, long delayNanos, Runnable event) {
        Timer timer = new Timer(nanos + Math.max(0, delayNanos), nextTimer++, loop, event);
        timers.add(timer);
        return timer;
    }

    int register() {
        return nextLoop++;
    }

    void addReady(SimulatedLoop loop) {
        if (loop.readyAt() < 0) {
            loop.readyAt(ready.size());
            ready.add(loop);
        }
    }

    void removeReady(SimulatedLoop loop) {
        int at = loop.readyAt();
        if (at < 0) {
            return;
        }
        SimulatedLoop last = ready.remove(ready.size() - 1);
        if (last != loop) {
            ready.set(at, last);
            last.readyAt(at);
        }
        loop.readyAt(-1);
    }

    /** A deadline; ties go by order of scheduling. */
    static final class Timer implements EventLoop.Timer, Runnable, Comparable<Timer> {
        private final long dueNanos;
        private final long number;
        private final SimulatedLoop loop;
        private Runnable event;
        private boolean cancelled;

        Timer(long dueNanos, long number, SimulatedLoop loop, Runnable event) {
            this.dueNanos = dueNanos;
            this.number = number;
            this.loop = loop;
            this.event = event;
        }

        /** A timer that was cancelled after it came due does nothing. */
        @Override
        public void run() {
            event.run();
        }

        @Override
        public void cancel() {
            cancelled = true;
            // A cancelled timeout may stay queued for minutes: it must not hold what it was for.
            event = Timer::nothing;
        }

        private static void nothing() {}

        @Override
        public int compareTo(Timer other) {
            int byTime = Long.compare(dueNanos, other.dueNanos);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }
}
