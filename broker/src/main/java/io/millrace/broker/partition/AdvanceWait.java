package io.millrace.broker.partition;

/** A wait for records beyond an offset; see {@link Partition#onAdvance}. */
public interface AdvanceWait {
    /** Gives the wait up. From any thread; after it has fired this does nothing. */
    void cancel();
}
