package io.millrace.broker.shard;

/**
 * One instance of a producer. An epoch of {@link #NO_EPOCH} has not been given to anybody.
 *
 * @param producerId never given twice in a cluster; {@link #NO_ID} if there is none
 * @param epoch of two instances with one id the one with the lower epoch is fenced
 */
public record ProducerIdAndEpoch(long producerId, short epoch) {
    public static final long NO_ID = -1;
    public static final short NO_EPOCH = -1;

    /** The highest epoch that a producer is given; the one above it is kept for fencing. */
    private static final short LAST_EPOCH = Short.MAX_VALUE - 1;

    /** Nobody. */
    public static final ProducerIdAndEpoch NONE = new ProducerIdAndEpoch(NO_ID, NO_EPOCH);

    /** Whether the next instance needs another producer id. */
    public boolean exhausted() {
        return epoch >= LAST_EPOCH;
    }

    /** Whether a producer can have been given this epoch. */
    public boolean wasGiven() {
        return epoch >= 0 && epoch <= LAST_EPOCH;
    }

    /** The instance that fences this one; itself once there is no epoch left. */
    public ProducerIdAndEpoch next() {
        return epoch == Short.MAX_VALUE
                ? this
                : new ProducerIdAndEpoch(producerId, (short) (epoch + 1));
    }
}
