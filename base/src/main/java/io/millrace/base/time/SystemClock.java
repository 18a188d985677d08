package io.millrace.base.time;

/** The machine's clock. The only place, with the loops beside it, that reads real time. */
public enum SystemClock implements Clock {
    INSTANCE;

    @Override
    public long wallMs() {
        return System.currentTimeMillis(); // gate: this is the clock adapter
    }

    @Override
    public long nanos() {
        return System.nanoTime(); // gate: this is the clock adapter
    }
}
