package io.millrace.broker.network;

import io.millrace.protocol.net.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Cuts received bytes into request frames: 4 bytes of length, big-endian, then so many bytes. A
 * frame that arrived whole is a slice of the received buffer; one that arrived in parts is
 * collected in a buffer that grows with what was received, never to the announced length at once.
 * Frames are pulled, not pushed as {@link io.millrace.protocol.net.FrameDecoder} does: a connection
 * with enough requests in hand leaves the rest of what it read here. Owned by the connection's
 * loop.
 */
final class RequestFrameDecoder {
    /** Api key, version, correlation id: no request is shorter. */
    static final int MIN_FRAME_BYTES = 8;

    private static final int LENGTH_BYTES = 4;

    /** Frames up to this size get their whole buffer at once. */
    private static final int TRUSTED_BYTES = 64 * 1024;

    private final ByteBufAllocator allocator;
    private final ArrayDeque<ByteBuf> received = new ArrayDeque<>();
    private int maxFrameBytes;
    private int lengthBytesSeen;
    private int length;
    private @Nullable ByteBuf partial;

    RequestFrameDecoder(ByteBufAllocator allocator, int maxFrameBytes) {
        this.allocator = allocator;
        this.maxFrameBytes = maxFrameBytes;
    }

    /** Changes the bound, for example after authentication. */
    void maxFrameBytes(int bytes) {
        maxFrameBytes = bytes;
    }

    /** Takes received bytes; they become the decoder's. */
    void feed(ByteBuf bytes) {
        if (bytes.isReadable()) {
            received.add(bytes);
        } else {
            bytes.release();
        }
    }

    /**
     * The next whole frame without its length, which becomes the caller's; null if it has not
     * arrived yet.
     *
     * @throws MalformedFrameException if the length is impossible
     */
    @Nullable ByteBuf next() {
        while (true) {
            ByteBuf head = received.peek();
            if (head == null) {
                return null;
            }
            if (!head.isReadable()) {
                received.remove().release();
                continue;
            }
            if (lengthBytesSeen < LENGTH_BYTES) {
                length = (length << 8) | (head.readByte() & 0xff);
                lengthBytesSeen++;
                if (lengthBytesSeen == LENGTH_BYTES) {
                    checkLength();
                }
                continue;
            }
            ByteBuf frame = takeFrom(head);
            if (frame != null) {
                lengthBytesSeen = 0;
                length = 0;
                return frame;
            }
        }
    }

    /** Bytes of memory held for a frame that has not arrived whole. */
    int collectedCapacity() {
        return partial == null ? 0 : partial.capacity();
    }

    /** Gives up everything collected. */
    void close() {
        received.forEach(ByteBuf::release);
        received.clear();
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }

    private @Nullable ByteBuf takeFrom(ByteBuf head) {
        ByteBuf collecting = partial;
        if (collecting == null) {
            if (head.readableBytes() == length) {
                return received.remove();
            }
            if (head.readableBytes() > length) {
                return head.readRetainedSlice(length);
            }
            int start = Math.min(length, Math.max(TRUSTED_BYTES, 2 * head.readableBytes()));
            collecting = allocator.directBuffer(start, length);
            partial = collecting;
        }
        int take = Math.min(length - collecting.readableBytes(), head.readableBytes());
        collecting.writeBytes(head, take);
        if (collecting.readableBytes() < length) {
            return null;
        }
        partial = null;
        return collecting;
    }

    private void checkLength() {
        if (length < MIN_FRAME_BYTES || length > maxFrameBytes) {
            throw new MalformedFrameException(
                    "frame length "
                            + length
                            + " is not in ["
                            + MIN_FRAME_BYTES
                            + ", "
                            + maxFrameBytes
                            + "]"
                            + ForeignProtocol.guess(length));
        }
    }
}
