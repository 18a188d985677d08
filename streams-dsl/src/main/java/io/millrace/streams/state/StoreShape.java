package io.millrace.streams.state;

/** What rows a store has: decides how the engine keeps them and how its changelog is cleaned. */
public sealed interface StoreShape {

    /**
     * Rows by key.
     *
     * @param sorted keep them in key order in memory
     */
    record ByKey(boolean sorted) implements StoreShape {}

    /**
     * Rows by key and time.
     *
     * @param retentionMs how long behind the newest row a row is kept
     * @param windowSizeMs length of the windows whose starts the times are
     * @param retainDuplicates several rows of one key at one time
     */
    record ByTime(long retentionMs, long windowSizeMs, boolean retainDuplicates)
            implements StoreShape {
        public ByTime {
            if (retentionMs < 0 || windowSizeMs < 0) {
                throw new IllegalArgumentException(
                        "retention "
                                + retentionMs
                                + " ms and window size "
                                + windowSizeMs
                                + " ms must not be negative");
            }
            if (retentionMs < windowSizeMs) {
                throw new IllegalArgumentException(
                        "retention of "
                                + retentionMs
                                + " ms is below the window size of "
                                + windowSizeMs
                                + " ms");
            }
        }
    }
}
