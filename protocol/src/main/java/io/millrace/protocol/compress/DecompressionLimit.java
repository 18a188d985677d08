package io.millrace.protocol.compress;

/**
 * How many bytes may come out of compressed ones.
 *
 * @param maxRatio output bytes per input byte; small inputs may reach {@link #FLOOR_BYTES} anyway
 * @param maxOutputBytes never more than this
 */
public record DecompressionLimit(int maxRatio, int maxOutputBytes) {
    /** Highest ratio that a broker accepts. */
    public static final int BROKER_MAX_RATIO = 1000;

    /** How many times the largest message a broker lets a batch grow to. */
    public static final int BROKER_MESSAGE_FACTOR = 16;

    /** Below this the ratio does not matter. */
    public static final int FLOOR_BYTES = 64 * 1024;

    public DecompressionLimit {
        if (maxRatio < 1 || maxOutputBytes < 1) {
            throw new IllegalArgumentException(
                    "decompression limit: ratio " + maxRatio + ", bytes " + maxOutputBytes);
        }
    }

    /** min(ratio x 1000, message.max.bytes x 16): what a broker that must look inside accepts. */
    public static DecompressionLimit ofBroker(int messageMaxBytes) {
        long bytes = (long) messageMaxBytes * BROKER_MESSAGE_FACTOR;
        return new DecompressionLimit(
                BROKER_MAX_RATIO, (int) Math.min(Math.max(bytes, 1), Integer.MAX_VALUE - 64));
    }

    /** Only the size counts: a reader wants what its topic holds, however well it packed. */
    public static DecompressionLimit ofReader(int maxOutputBytes) {
        return new DecompressionLimit(Integer.MAX_VALUE, maxOutputBytes);
    }

    public int maxOutputBytesFor(int compressedBytes) {
        long byRatio = Math.max(FLOOR_BYTES, (long) compressedBytes * maxRatio);
        return (int) Math.min(byRatio, maxOutputBytes);
    }
}
