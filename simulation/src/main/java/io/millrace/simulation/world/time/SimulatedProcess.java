package io.millrace.simulation.world.time;

import io.millrace.base.time.Clock;
import java.util.ArrayList;
import java.util.List;

/**
 * One process of the simulated world: loops that run, pause and die together, and a clock whose
 * wall time may be wrong. Dies at an event's boundary: no event is ever half done.
 */
public final class SimulatedProcess {
    private final Timeline timeline;
    private final String name;
    private final long wallOriginMs;
    private final List<SimulatedLoop> loops = new ArrayList<>();
    private final FailureListener onFailure;
    private final Clock clock = new ProcessClock();
    private final SimulatedLoop waker;
    private State state = State.RUNNING;
    private long wallSkewMs;

    private enum State {
        RUNNING,
        PAUSED,
        GONE
    }

    /** Hears of an event that threw; the process goes no further by itself. */
    @FunctionalInterface
    public interface FailureListener {
        void failed(SimulatedLoop loop, Throwable cause);
    }

    /**
     * @param wallOriginMs wall time when the world began
     */
    public SimulatedProcess(
            Timeline timeline, String name, long wallOriginMs, FailureListener onFailure) {
        this.timeline = timeline;
        this.name = name;
        this.wallOriginMs = wallOriginMs;
        this.onFailure = onFailure;
        this.waker = loop("waker");
    }

    /** A new loop of this process. */
    public SimulatedLoop loop(String loopName) {
        SimulatedLoop loop = new SimulatedLoop(timeline, this, loopName);
        loops.add(loop);
        return loop;
    }

    public String name() {
        return name;
    }

    public Clock clock() {
        return clock;
    }

    /** Sets the wall clock wrong by so much; monotonic time is never wrong. */
    public void skewWallClock(long ms) {
        wallSkewMs = ms;
    }

    /** Stops every loop where it is: a long garbage collection, or SIGSTOP. */
    public void pause() {
        if (state == State.RUNNING) {
            state = State.PAUSED;
            loops.forEach(SimulatedLoop::pause);
        }
    }

    public void resume() {
        if (state == State.PAUSED) {
            state = State.RUNNING;
            loops.forEach(SimulatedLoop::wake);
        }
    }

    /** Ends it here and now. */
    public void kill() {
        state = State.GONE;
        loops.forEach(SimulatedLoop::drop);
    }

    public boolean isRunning() {
        return state == State.RUNNING;
    }

    public boolean isPaused() {
        return state == State.PAUSED;
    }

    public boolean isGone() {
        return state == State.GONE;
    }

    void failed(SimulatedLoop loop, Throwable cause) {
        onFailure.failed(loop, cause);
    }

    SimulatedLoop waker() {
        return waker;
    }

    private final class ProcessClock implements Clock {
        @Override
        public long wallMs() {
            return wallOriginMs + wallSkewMs + timeline.nanos() / 1_000_000;
        }

        @Override
        public long nanos() {
            return timeline.nanos();
        }
    }
}
