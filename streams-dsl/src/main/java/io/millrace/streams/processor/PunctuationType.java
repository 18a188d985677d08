package io.millrace.streams.processor;

/** Which clock drives a punctuation. */
public enum PunctuationType {
    /**
     * The task's stream time: moves only with records. First fires right after the first record.
     */
    STREAM_TIME,
    /** The machine's clock. First fires after one interval. */
    WALL_CLOCK_TIME
}
