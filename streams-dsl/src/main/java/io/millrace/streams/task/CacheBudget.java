package io.millrace.streams.task;

/** Bytes that updates held back until commit take, against what they may take. One per task. */
public final class CacheBudget {
    private final long limitBytes;
    private long usedBytes;

    CacheBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    public void take(long bytes) {
        usedBytes += bytes;
    }

    public void giveBack(long bytes) {
        usedBytes -= bytes;
    }

    /** Whether the oldest updates must go downstream now. */
    public boolean exceeded() {
        return usedBytes > limitBytes;
    }

    boolean enabled() {
        return limitBytes > 0;
    }
}
