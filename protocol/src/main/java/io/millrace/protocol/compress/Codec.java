package io.millrace.protocol.compress;

import io.netty.buffer.ByteBuf;

/**
 * One compression format, in the framing that Kafka clients use. Stateless; safe from any thread.
 * Both methods read all readable bytes of {@code in} without moving its reader index and append to
 * {@code out}.
 */
public interface Codec {

    /** The level at which a codec works when nobody chose one. */
    int DEFAULT_LEVEL = Integer.MIN_VALUE;

    /**
     * Appends the compressed form of {@code in}.
     *
     * @param level the codec's own scale, or {@link #DEFAULT_LEVEL}
     */
    void compress(ByteBuf in, ByteBuf out, int level);

    /**
     * Appends the original bytes.
     *
     * @throws DecompressionLimitException as soon as more than {@code maxOutputBytes} would come
     *     out; no more than that is ever held
     * @throws DecompressionException if {@code in} is not in this format
     */
    void decompress(ByteBuf in, ByteBuf out, int maxOutputBytes);
}
