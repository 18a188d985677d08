package io.millrace.broker.shard;

import io.millrace.protocol.message.ApiMessage;
import io.millrace.protocol.message.MessageSink;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/**
 * One record of a coordinator's internal topic; a null value is a tombstone. The arrays are shared.
 */
@SuppressWarnings("ArrayRecordComponent")
public record CoordinatorRecord(byte[] key, byte @Nullable [] value) {
    private static final short KEY_VERSION = 0;

    /**
     * A record in the form that all internal topics share: the key is an int16 with the kind of
     * record and the key message in version 0, the value an int16 with its version and the message.
     */
    public static CoordinatorRecord of(
            short type, ApiMessage key, short valueVersion, @Nullable ApiMessage value) {
        return new CoordinatorRecord(
                bytes(type, key, KEY_VERSION),
                value == null ? null : bytes(valueVersion, value, valueVersion));
    }

    private static byte[] bytes(short prefix, ApiMessage message, short version) {
        MessageSink sink = MessageSink.onHeap();
        sink.writeInt16(prefix);
        message.write(sink, version);
        return ByteBufUtil.getBytes(sink.toBuffer());
    }

    /** Bytes it takes in a batch, roughly. */
    public int estimatedBytes() {
        return key.length + (value == null ? 0 : value.length) + 32;
    }
}
