package io.millrace.broker.network;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * A connection as the {@link RequestSink} sees it: who asks, and where the answer is made. A socket
 * ({@link ClientConnection}), or a line of the simulated network.
 */
public interface RequestSource extends Requester {

    /** Where responses are written. */
    ByteBufAllocator allocator();

    /** Closes the connection because of what the client sent. On the loop. */
    void close(String why);

    /**
     * Hands on a request that was held back; one that cannot be understood closes the connection.
     */
    void handOn(RequestSink sink, ByteBuf frame, ResponseSequencer<OutgoingResponse>.Slot slot);
}
