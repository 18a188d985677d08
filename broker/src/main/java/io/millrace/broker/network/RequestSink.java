package io.millrace.broker.network;

import io.netty.buffer.ByteBuf;

/** Takes the requests of all connections. */
@FunctionalInterface
public interface RequestSink {

    /**
     * On the connection's loop. The frame (without its length) becomes the sink's; the slot must be
     * completed exactly once, on the connection's loop.
     *
     * @throws io.millrace.protocol.net.MalformedFrameException if the frame cannot be understood;
     *     the connection is closed
     */
    void onRequest(
            RequestSource connection, ByteBuf frame, ResponseSequencer<OutgoingResponse>.Slot slot);
}
