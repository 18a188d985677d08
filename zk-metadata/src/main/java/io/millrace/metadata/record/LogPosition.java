package io.millrace.metadata.record;

/**
 * A place in the metadata log: everything up to and including {@code lastOffset}. The checksum ties
 * it to one history, so two logs with equal offsets and different content cannot be confused.
 *
 * @param epoch controller epoch of the last batch; 0 before the first
 * @param lastOffset offset of the last record; -1 before the first
 * @param lastCrc CRC32C of the last batch; 0 before the first
 */
public record LogPosition(int epoch, long lastOffset, int lastCrc) {
    /** Before the first batch. */
    public static final LogPosition START = new LogPosition(0, -1, 0);

    public LogPosition {
        if (epoch < 0 || lastOffset < -1) {
            throw new IllegalArgumentException(
                    "no log position: epoch " + epoch + ", offset " + lastOffset);
        }
    }

    /** Where the next batch begins. */
    public long nextOffset() {
        return lastOffset + 1;
    }
}
