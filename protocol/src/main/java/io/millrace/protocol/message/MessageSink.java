package io.millrace.protocol.message;

import io.millrace.protocol.record.Records;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ReferenceCounted;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where messages are written to: one growing buffer for everything but record batches, which are
 * kept by reference between its bytes. Owned by one thread. Ends with exactly one of {@link
 * #handOver}, {@link #toBuffer} and {@link #release}.
 */
public final class MessageSink {
    private static final int INITIAL_BYTES = 256;

    private final ByteBuf buffer;
    private final List<Payload> payloads = new ArrayList<>(0);
    private int payloadBytes;

    /** Record batches that belong before the buffer's byte {@code position}. */
    private record Payload(int position, ReferenceCounted content) {}

    /** Writes behind what {@code buffer} holds already, and owns it from now on. */
    public MessageSink(ByteBuf buffer) {
        this.buffer = buffer;
    }

    /** A sink over a buffer of the allocator. */
    public static MessageSink pooled(ByteBufAllocator allocator) {
        return new MessageSink(allocator.ioBuffer(INITIAL_BYTES));
    }

    /** A sink over garbage-collected memory. */
    public static MessageSink onHeap() {
        return new MessageSink(Unpooled.buffer(INITIAL_BYTES));
    }

    /** Bytes written so far, record batches included. */
    public int size() {
        return buffer.readableBytes() + payloadBytes;
    }

    public void writeBool(boolean value) {
        buffer.writeByte(value ? 1 : 0);
    }

    public void writeInt8(byte value) {
        buffer.writeByte(value);
    }

    public void writeInt16(short value) {
        buffer.writeShort(value);
    }

    public void writeUint16(int value) {
        if (value < 0 || value > 0xffff) {
            throw new IllegalArgumentException(value + " does not fit 16 bits without sign");
        }
        buffer.writeShort(value);
    }

    public void writeInt32(int value) {
        buffer.writeInt(value);
    }

    public void writeUint32(long value) {
        if (value < 0 || value > 0xffff_ffffL) {
            throw new IllegalArgumentException(value + " does not fit 32 bits without sign");
        }
        buffer.writeInt((int) value);
    }

    public void writeInt64(long value) {
        buffer.writeLong(value);
    }

    public void writeFloat64(double value) {
        buffer.writeDouble(value);
    }

    public void writeUuid(UUID value) {
        buffer.writeLong(value.getMostSignificantBits());
        buffer.writeLong(value.getLeastSignificantBits());
    }

    /** Seven bits per byte, lowest first. */
    public void writeUnsignedVarint(int value) {
        int rest = value;
        while ((rest & ~0x7f) != 0) {
            buffer.writeByte(rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        buffer.writeByte(rest);
    }

    public void writeString(String value, boolean flexible) {
        int bytes = ByteBufUtil.utf8Bytes(value);
        if (bytes > WireReader.MAX_STRING_BYTES) {
            throw new IllegalArgumentException(
                    "string of "
                            + bytes
                            + " bytes is longer than the "
                            + WireReader.MAX_STRING_BYTES
                            + " that the protocol carries: "
                            + value.substring(0, 40)
                            + "…");
        }
        if (flexible) {
            writeUnsignedVarint(bytes + 1);
        } else {
            buffer.writeShort(bytes);
        }
        ByteBufUtil.reserveAndWriteUtf8(buffer, value, bytes);
    }

    public void writeNullableString(@Nullable String value, boolean flexible) {
        if (value != null) {
            writeString(value, flexible);
        } else if (flexible) {
            buffer.writeByte(0);
        } else {
            buffer.writeShort(-1);
        }
    }

    public void writeBytes(byte[] value, boolean flexible) {
        writeCount(value.length, flexible);
        buffer.writeBytes(value);
    }

    public void writeNullableBytes(byte @Nullable [] value, boolean flexible) {
        if (value == null) {
            writeNullArray(flexible);
        } else {
            writeBytes(value, flexible);
        }
    }

    /** Length, then the batches by reference. */
    public void writeNullableRecords(@Nullable Records value, boolean flexible) {
        if (value == null) {
            writeNullArray(flexible);
            return;
        }
        int bytes = value.sizeInBytes();
        writeCount(bytes, flexible);
        if (bytes > 0) {
            payloads.add(new Payload(buffer.writerIndex(), value.outbound()));
            payloadBytes += bytes;
        }
    }

    public void writeCount(int count, boolean flexible) {
        if (flexible) {
            writeUnsignedVarint(count + 1);
        } else {
            buffer.writeInt(count);
        }
    }

    public void writeNullArray(boolean flexible) {
        if (flexible) {
            buffer.writeByte(0);
        } else {
            buffer.writeInt(-1);
        }
    }

    /** Starts a tagged field; gives the mark for {@link #endTag}. */
    public int beginTag(int tag) {
        writeUnsignedVarint(tag);
        int mark = buffer.writerIndex();
        // Nearly every tagged field is shorter than 128 bytes, so its length takes one byte.
        buffer.writeByte(0);
        return mark;
    }

    /** Ends a tagged field: puts its length in front of its content. */
    public void endTag(int mark) {
        int start = mark + 1;
        int bytes = buffer.writerIndex() - start;
        if (!payloads.isEmpty() && payloads.get(payloads.size() - 1).position() > mark) {
            throw new IllegalStateException("records cannot be part of a tagged field");
        }
        if (bytes < 0x80) {
            buffer.setByte(mark, bytes);
            return;
        }
        byte[] content = new byte[bytes];
        buffer.getBytes(start, content);
        buffer.writerIndex(mark);
        writeUnsignedVarint(bytes);
        buffer.writeBytes(content);
    }

    /**
     * Starts a frame: leaves room for the length that {@link #endFrame} fills in. Only as the first
     * thing written.
     */
    public MessageSink beginFrame() {
        buffer.writeInt(0);
        return this;
    }

    /** Ends a frame started by {@link #beginFrame}. */
    public MessageSink endFrame() {
        buffer.setInt(buffer.readerIndex(), size() - Integer.BYTES);
        return this;
    }

    /**
     * Gives everything away in order, as {@link ByteBuf}s and {@link io.netty.channel.FileRegion}s;
     * each part carries a reference that the taker releases.
     */
    public void handOver(Consumer<ReferenceCounted> taker) {
        int from = buffer.readerIndex();
        for (Payload payload : payloads) {
            if (payload.position() > from) {
                taker.accept(buffer.retainedSlice(from, payload.position() - from));
                from = payload.position();
            }
            taker.accept(payload.content());
        }
        payloads.clear();
        if (from < buffer.writerIndex()) {
            taker.accept(buffer.retainedSlice(from, buffer.writerIndex() - from));
        }
        buffer.release();
    }

    /**
     * Everything as one buffer, owned by the caller. Only when no record batches come from a file.
     */
    public ByteBuf toBuffer() {
        if (payloads.isEmpty()) {
            return buffer;
        }
        CompositeByteBuf whole = Unpooled.compositeBuffer(2 * payloads.size() + 1);
        handOver(
                part -> {
                    if (!(part instanceof ByteBuf bytes)) {
                        throw new IllegalStateException("records are in a file: " + part);
                    }
                    whole.addComponent(true, bytes);
                });
        return whole;
    }

    /** Drops everything. */
    public void release() {
        payloads.forEach(payload -> ReferenceCountUtil.release(payload.content()));
        payloads.clear();
        buffer.release();
    }
}
