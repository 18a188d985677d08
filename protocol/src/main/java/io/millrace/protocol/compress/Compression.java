package io.millrace.protocol.compress;

/**
 * A codec with the level chosen for it.
 *
 * @param level the codec's own scale, or {@link Codec#DEFAULT_LEVEL}
 */
public record Compression(CompressionType type, int level) {
    public static final Compression NONE = of(CompressionType.NONE);

    public static Compression of(CompressionType type) {
        return new Compression(type, Codec.DEFAULT_LEVEL);
    }
}
