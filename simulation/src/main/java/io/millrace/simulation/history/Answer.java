package io.millrace.simulation.history;

import java.util.Set;

/** Result of an operation that happened. */
public sealed interface Answer extends Body {

    /** The record lies at this offset. */
    record Sent(long offset) implements Answer {}

    /** The session holds this producer id and epoch; -1 where the client does not tell. */
    record Initialised(long producerId, int epoch) implements Answer {}

    /** Nothing more to say. */
    record Done() implements Answer {}

    /**
     * What a reader got: everything it is shown of [from, next).
     *
     * <p>The three arrays have one entry for each record. They are not copied: a history holds
     * millions of them.
     */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    record Records(
            long from, long next, long[] offsets, String[] values, long[] timestamps, int[] epochs)
            implements Answer {
        public Records {
            if (offsets.length != values.length
                    || offsets.length != timestamps.length
                    || offsets.length != epochs.length) {
                throw new IllegalArgumentException(
                        offsets.length
                                + " offsets, "
                                + values.length
                                + " values, "
                                + timestamps.length
                                + " timestamps, "
                                + epochs.length
                                + " leader epochs; there must be as many of each");
            }
        }
    }

    /** The offset asked for, -1 if there is none. */
    record Offset(long offset, int leaderEpoch) implements Answer {}

    /** The change is at this offset of the metadata log. */
    record Changed(long metadataOffset) implements Answer {}

    /** The changes that were seen, by a broker whose image was at least at the offset. */
    record Seen(long metadataOffset, Set<String> changes) implements Answer {
        public Seen {
            changes = Set.copyOf(changes);
        }
    }
}
