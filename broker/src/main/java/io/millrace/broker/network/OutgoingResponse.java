package io.millrace.broker.network;

import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * One response on its way to the socket: buffers and file regions in order, with the length prefix
 * in the first. Whoever holds it owns its parts.
 */
public record OutgoingResponse(List<?> parts) {

    /** Gives up the parts when the response cannot be sent. */
    public void release() {
        parts.forEach(ReferenceCountUtil::release);
    }
}
