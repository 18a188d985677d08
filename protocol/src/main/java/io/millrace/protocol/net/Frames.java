package io.millrace.protocol.net;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiMessage;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.MalformedMessageException;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.message.RequestHeader;
import io.millrace.protocol.message.ResponseHeader;
import io.millrace.protocol.message.UnsupportedVersionException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Headers and bodies as whole frames. A frame is [int32 length][header][body]. */
public final class Frames {
    private static final int KEY_AND_VERSION_BYTES = 4;

    private Frames() {}

    /** A request, ready to be written to a channel with {@link FrameEncoder}. */
    public static MessageSink request(
            ByteBufAllocator allocator,
            ApiRequest<?> body,
            short version,
            int correlationId,
            @Nullable String clientId) {
        RequestHeader header =
                new RequestHeader()
                        .requestApiKey(body.apiKey().id())
                        .requestApiVersion(version)
                        .correlationId(correlationId)
                        .clientId(clientId);
        return frame(allocator, header, body.apiKey().requestHeaderVersion(version), body, version);
    }

    /** A response, ready to be written to a channel with {@link FrameEncoder}. */
    public static MessageSink response(
            ByteBufAllocator allocator, ApiResponse body, short version, int correlationId) {
        ResponseHeader header = new ResponseHeader().correlationId(correlationId);
        return frame(
                allocator, header, body.apiKey().responseHeaderVersion(version), body, version);
    }

    private static MessageSink frame(
            ByteBufAllocator allocator,
            ApiMessage header,
            short headerVersion,
            ApiMessage body,
            short version) {
        MessageSink sink = MessageSink.pooled(allocator).beginFrame();
        boolean complete = false;
        try {
            header.write(sink, headerVersion);
            body.write(sink, version);
            complete = true;
            return sink.endFrame();
        } finally {
            if (!complete) {
                sink.release();
            }
        }
    }

    /** The key at the start of a request frame, if we know it. Reads nothing away. */
    public static Optional<ApiKey> peekKey(ByteBuf frame) {
        if (frame.readableBytes() < KEY_AND_VERSION_BYTES) {
            throw new MalformedMessageException(
                    "RequestHeader",
                    frame.readerIndex(),
                    "frame of " + frame.readableBytes() + " bytes has no API key and version");
        }
        return ApiKey.forId(frame.getShort(frame.readerIndex()));
    }

    /**
     * Reads the header of a request frame; the body follows. Versions that we do not serve are left
     * to the caller, who has to answer ApiVersions for any of them.
     *
     * @throws UnsupportedVersionException if the key is unknown, so that not even the header's
     *     layout is
     */
    public static RequestHeader readRequestHeader(ByteBuf frame) {
        ApiKey key =
                peekKey(frame)
                        .orElseThrow(
                                () ->
                                        new UnsupportedVersionException(
                                                "API key "
                                                        + frame.getShort(frame.readerIndex())
                                                        + " is unknown"));
        short version = frame.getShort(frame.readerIndex() + Short.BYTES);
        return RequestHeader.read(frame, key.requestHeaderVersion(version));
    }
}
