package io.millrace.protocol.record;

import io.netty.util.ReferenceCounted;

/**
 * Whole record batches, back to back, as the payload of a message. Kept by reference: writing a
 * message does not copy them, and a file's bytes go to the socket without passing through the heap.
 */
public interface Records {

    /** Bytes of all batches. */
    int sizeInBytes();

    /**
     * What the network writes: a {@link io.netty.buffer.ByteBuf} or a {@link
     * io.netty.channel.FileRegion} of exactly {@link #sizeInBytes()} bytes, with a reference of its
     * own that the caller releases. Each call gives a new one, so a message may be written twice.
     */
    ReferenceCounted outbound();
}
