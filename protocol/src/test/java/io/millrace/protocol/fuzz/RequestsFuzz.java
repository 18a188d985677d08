package io.millrace.protocol.fuzz;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.MalformedMessageException;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.message.RequestHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/** A request frame without its length: header and body of any API and version. */
public final class RequestsFuzz {
    private static final int LEAST_HEADER_BYTES = 8;

    private RequestsFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < LEAST_HEADER_BYTES) {
            return;
        }
        ByteBuf frame = Unpooled.wrappedBuffer(input);
        ApiKey key = ApiKey.forId(frame.getShort(0)).orElse(null);
        short version = frame.getShort(2);
        if (key == null || !key.supports(version)) {
            return;
        }
        ApiRequest<?> request;
        try {
            RequestHeader header = RequestHeader.read(frame, key.requestHeaderVersion(version));
            Messages.checkRoundTrip(
                    header,
                    key.requestHeaderVersion(version),
                    in -> RequestHeader.read(in, key.requestHeaderVersion(version)));
            request = key.readRequest(frame, version);
        } catch (MalformedMessageException e) {
            return;
        }
        Messages.checkRoundTrip(request, version, in -> key.readRequest(in, version));
    }

    /** Each API and version with all fields at their defaults, as far as it can be written. */
    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (ApiKey key : ApiKey.values()) {
            for (short v = key.minVersion(); v <= key.maxVersion(); v++) {
                MessageSink sink = MessageSink.onHeap();
                new RequestHeader()
                        .requestApiKey(key.id())
                        .requestApiVersion(v)
                        .correlationId(7)
                        .clientId("fuzz")
                        .write(sink, key.requestHeaderVersion(v));
                // Zeros read as false, empty and absent in every version.
                ByteBuf frame = sink.toBuffer().writeZero(64);
                seeds.add(ByteBufUtil.getBytes(frame));
            }
        }
        return seeds;
    }
}
