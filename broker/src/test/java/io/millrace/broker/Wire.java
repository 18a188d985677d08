package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.MessageSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;

/** A bare connection that sends and receives what a test says. */
final class Wire implements AutoCloseable {
    private final Socket socket;
    private int correlationId;

    Wire(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(15_000);
    }

    void raw(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void frame(ByteBuf frame) throws IOException {
        raw(
                ByteBufUtil.getBytes(
                        Unpooled.wrappedBuffer(Unpooled.copyInt(frame.readableBytes()), frame)));
    }

    void send(ApiKey key, int version, ApiRequest<?> request) throws IOException {
        byte[] bytes = bytes(key, version, request);
        java.nio.ByteBuffer.wrap(bytes).putInt(4, correlationId++);
        frame(Unpooled.wrappedBuffer(bytes));
    }

    /** Reads a response's body; every generated message has such a method. */
    interface ResponseReader<R> {
        R read(ByteBuf in, short version);
    }

    /** Sends the request and waits for its response. */
    <R extends ApiResponse> R ask(int version, ApiRequest<R> request, ResponseReader<R> reader)
            throws IOException {
        send(request.apiKey(), version, request);
        return reader.read(receive(request.apiKey(), version), (short) version);
    }

    ByteBuf receiveFrame() throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return Unpooled.wrappedBuffer(frame);
    }

    ByteBuf receive(ApiKey key, int version) throws IOException {
        ByteBuf frame = receiveFrame();
        frame.readInt();
        if (key.responseHeaderVersion(version) > 0) {
            frame.readByte();
        }
        return frame;
    }

    void expectClosed() throws IOException {
        try {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (java.net.SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    void halfClose() throws IOException {
        socket.shutdownOutput();
    }

    byte[] readToEnd() throws IOException {
        return socket.getInputStream().readAllBytes();
    }

    static byte[] bytes(ApiKey key, int version, ApiRequest<?> request) {
        MessageSink sink = MessageSink.onHeap();
        sink.writeInt16(key.id());
        sink.writeInt16((short) version);
        sink.writeInt32(0);
        sink.writeNullableString("test", false);
        if (key.requestHeaderVersion(version) >= 2) {
            sink.writeUnsignedVarint(0);
        }
        request.write(sink, (short) version);
        return ByteBufUtil.getBytes(sink.toBuffer());
    }
}
