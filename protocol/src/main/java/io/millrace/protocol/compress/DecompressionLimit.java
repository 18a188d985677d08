package io.millrace.protocol.compress;

/**
 * How many bytes may come out of compressed ones.
 *
 * @param maxRatio output bytes per input byte
 * @param freeBytes what may come out of however little
 * @param maxOutputBytes never more than this
 */
public record DecompressionLimit(int maxRatio, int freeBytes, int maxOutputBytes) {
    /** Highest ratio that a broker accepts. */
    public static final int BROKER_MAX_RATIO = 1000;

    /** How many times the largest message a broker lets a batch grow to. */
    public static final int BROKER_MESSAGE_FACTOR = 16;

    /** Below this the ratio never matters. */
    public static final int FLOOR_BYTES = 64 * 1024;

    public DecompressionLimit {
        if (maxRatio < 1 || freeBytes < 0 || maxOutputBytes < 1) {
            throw new IllegalArgumentException(
                    "decompression limit: ratio " + maxRatio + ", bytes " + maxOutputBytes);
        }
    }

    /** Any ratio up to {@link #FLOOR_BYTES}. */
    public DecompressionLimit(int maxRatio, int maxOutputBytes) {
        this(maxRatio, FLOOR_BYTES, maxOutputBytes);
    }

    /**
     * min(ratio x 1000, message.max.bytes x 16): what a broker that must look inside accepts; any
     * ratio, as long as no more comes out than could have come in.
     */
    public static DecompressionLimit ofBroker(int messageMaxBytes) {
        long bytes = (long) messageMaxBytes * BROKER_MESSAGE_FACTOR;
        return new DecompressionLimit(
                BROKER_MAX_RATIO,
                Math.max(FLOOR_BYTES, messageMaxBytes),
                (int) Math.min(Math.max(bytes, 1), Integer.MAX_VALUE - 64));
    }

    /** Only the size counts: a reader wants what its topic holds, however well it packed. */
    public static DecompressionLimit ofReader(int maxOutputBytes) {
        return new DecompressionLimit(Integer.MAX_VALUE, maxOutputBytes);
    }

    public int maxOutputBytesFor(int compressedBytes) {
        long byRatio = Math.max(freeBytes, (long) compressedBytes * maxRatio);
        return (int) Math.min(byRatio, maxOutputBytes);
    }
}
