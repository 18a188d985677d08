package io.millrace.broker.peer;

import io.millrace.broker.api.RequestContext;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiMessage;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.EnvelopeRequest;
import io.millrace.protocol.message.EnvelopeResponse;
import io.millrace.protocol.message.MalformedMessageException;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.message.RequestHeader;
import io.millrace.protocol.message.ResponseHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Whole requests and responses, header and body, as the content of an Envelope. The correlation id
 * inside says nothing. Who the client is travels as the text of its address.
 */
final class Envelopes {
    private Envelopes() {}

    static EnvelopeRequest wrap(RequestContext context, ApiRequest<?> request) {
        return wrap(request, context.version(), context.clientId(), context.client().clientHost());
    }

    static EnvelopeRequest wrap(
            ApiRequest<?> request, short version, String clientId, String clientHost) {
        ApiKey key = request.apiKey();
        RequestHeader header =
                new RequestHeader()
                        .requestApiKey(key.id())
                        .requestApiVersion(version)
                        .clientId(clientId);
        return new EnvelopeRequest()
                .requestData(bytes(header, key.requestHeaderVersion(version), request, version))
                .requestPrincipal(null)
                .clientHostAddress(clientHost.getBytes(StandardCharsets.UTF_8));
    }

    /** The body of the answer. Throws {@link ApiException} if there is none. */
    static ApiResponse unwrap(RequestContext context, EnvelopeResponse response) {
        return unwrap(context.api(), context.version(), response);
    }

    static ApiResponse unwrap(ApiKey key, short version, EnvelopeResponse response) {
        byte[] content = response.responseData();
        if (response.errorCode() != ErrorCode.NONE.code() || content == null) {
            throw new ApiException(
                    ErrorCode.forCode(response.errorCode()), "the controller's broker refused");
        }
        ByteBuf in = Unpooled.wrappedBuffer(content);
        try {
            ResponseHeader.read(in, key.responseHeaderVersion(version));
            return key.readResponse(in, version);
        } catch (MalformedMessageException e) {
            throw new ApiException(
                    ErrorCode.UNKNOWN_SERVER_ERROR, "the forwarded answer is damaged", e);
        }
    }

    static EnvelopeResponse answer(ApiKey key, short version, ApiResponse response) {
        return new EnvelopeResponse()
                .responseData(
                        bytes(
                                new ResponseHeader(),
                                key.responseHeaderVersion(version),
                                response,
                                version));
    }

    private static byte[] bytes(
            ApiMessage header, short headerVersion, ApiMessage body, short version) {
        MessageSink sink = MessageSink.onHeap();
        header.write(sink, headerVersion);
        body.write(sink, version);
        return ByteBufUtil.getBytes(sink.toBuffer());
    }
}
