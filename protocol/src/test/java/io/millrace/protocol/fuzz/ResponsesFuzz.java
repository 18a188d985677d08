package io.millrace.protocol.fuzz;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.MalformedMessageException;
import io.millrace.protocol.message.ResponseHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Key, version, then a response frame without its length, as a client reads it. */
public final class ResponsesFuzz {
    private static final int PREFIX_BYTES = 4;

    private ResponsesFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < PREFIX_BYTES) {
            return;
        }
        ByteBuf frame = Unpooled.wrappedBuffer(input);
        ApiKey key = ApiKey.forId(frame.readShort()).orElse(null);
        short version = frame.readShort();
        if (key == null || !key.supports(version)) {
            return;
        }
        ApiResponse response;
        try {
            ResponseHeader.read(frame, key.responseHeaderVersion(version));
            response = key.readResponse(frame, version);
        } catch (MalformedMessageException e) {
            return;
        }
        Messages.checkRoundTrip(response, version, in -> key.readResponse(in, version));
    }

    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (ApiKey key : ApiKey.values()) {
            for (short v = key.minVersion(); v <= key.maxVersion(); v++) {
                seeds.add(ByteBuffer.allocate(80).putShort(key.id()).putShort(v).array());
            }
        }
        return seeds;
    }
}
