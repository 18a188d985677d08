package io.millrace.system;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ResponseHeader;
import io.millrace.protocol.net.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/** A blocking connection on which any bytes can be sent. */
public final class RawClient implements AutoCloseable {
    private static final int CONNECT_MS = 5_000;
    private static final int ANSWER_MS = 15_000;

    private final Socket socket;
    private final DataInputStream in;

    /** What came back after some bytes were sent. */
    public sealed interface Reaction {
        /** A frame, without its length prefix. */
        record Answered(byte[] frame) implements Reaction {}

        /** The broker closed or reset the connection. */
        record Closed() implements Reaction {}

        /** Nothing, for as long as was waited. */
        record Silent() implements Reaction {}
    }

    public RawClient(int port) {
        try {
            socket = new Socket();
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress("127.0.0.1", port), CONNECT_MS);
            in = new DataInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Socket socket() {
        return socket;
    }

    /** Whether a broker answers ApiVersions on the port. */
    public static boolean answers(int port) {
        try (RawClient client = new RawClient(port)) {
            return client.ask(new ApiVersionsRequest(), (short) 0) != null;
        } catch (UncheckedIOException | IllegalStateException e) {
            return false;
        }
    }

    /** A request as a whole frame, length included. */
    public static byte[] frameOf(ApiRequest<?> request, short version) {
        ByteBuf buffer =
                Frames.request(UnpooledByteBufAllocator.DEFAULT, request, version, 4711, "raw")
                        .toBuffer();
        byte[] bytes = ByteBufUtil.getBytes(buffer);
        buffer.release();
        return bytes;
    }

    /** Sends bytes; false when the broker has closed already. */
    public boolean send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return true;
        } catch (SocketException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Reaction reaction(int patienceMs) {
        try {
            socket.setSoTimeout(patienceMs);
            byte[] frame = new byte[in.readInt()];
            in.readFully(frame);
            return new Reaction.Answered(frame);
        } catch (EOFException | SocketException e) {
            return new Reaction.Closed();
        } catch (SocketTimeoutException e) {
            return new Reaction.Silent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a good request and gives the answer's body. */
    public <R extends ApiResponse> R ask(ApiRequest<R> request, short version) {
        send(frameOf(request, version));
        return answer(request.apiKey(), version);
    }

    /** Reads the next response. */
    // Requests and responses are paired by key.
    @SuppressWarnings("unchecked")
    <R extends ApiResponse> R answer(ApiKey key, short version) {
        Reaction reaction = reaction(ANSWER_MS);
        if (!(reaction instanceof Reaction.Answered answered)) {
            throw new IllegalStateException(
                    key + " v" + version + " was not answered: " + reaction);
        }
        ByteBuf frame = Unpooled.wrappedBuffer(answered.frame());
        ResponseHeader.read(frame, key.responseHeaderVersion(version));
        return (R) key.readResponse(frame, version);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
