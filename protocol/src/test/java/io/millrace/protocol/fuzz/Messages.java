package io.millrace.protocol.fuzz;

import io.millrace.protocol.message.ApiMessage;
import io.millrace.protocol.message.MessageSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.function.Function;

/** What must hold of every message that could be read. */
final class Messages {
    private Messages() {}

    static byte[] write(ApiMessage message, short version) {
        MessageSink sink = MessageSink.onHeap();
        message.write(sink, version);
        int told = sink.size();
        byte[] written = ByteBufUtil.getBytes(sink.toBuffer());
        if (told != written.length) {
            throw new AssertionError(told + " bytes told, " + written.length + " written");
        }
        return written;
    }

    /**
     * Bytes from outside may say one thing in several ways (long varints, unknown tags, broken
     * UTF-8). What we write of them must read and write again as the same bytes.
     */
    static void checkRoundTrip(
            ApiMessage message, short version, Function<ByteBuf, ApiMessage> reader) {
        byte[] once;
        try {
            once = write(message, version);
        } catch (IllegalArgumentException e) {
            if (String.valueOf(e.getMessage()).startsWith("string of ")) {
                // Each byte of broken UTF-8 becomes a replacement character of three.
                return;
            }
            throw e;
        }
        ByteBuf in = Unpooled.wrappedBuffer(once);
        ApiMessage again = reader.apply(in);
        if (in.isReadable()) {
            throw new AssertionError(in.readableBytes() + " bytes of our own were not read");
        }
        if (!Arrays.equals(once, write(again, version))) {
            throw new AssertionError("read and written again it differs: " + message);
        }
        if (message.toString().isEmpty()) {
            throw new AssertionError("no text");
        }
    }
}
