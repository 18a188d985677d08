package io.millrace.protocol.message;

import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.Records;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the protocol's primitive types, for generated code. Every length is checked against the
 * bytes that are there before anything is allocated; {@code flexible} chooses compact lengths
 * (unsigned varint of length + 1, 0 for null). All failures are {@link MalformedMessageException}.
 */
public final class WireReader {
    public static final UUID ZERO_UUID = new UUID(0, 0);
    public static final byte[] NO_BYTES = {};

    /** Longest string on the wire, in bytes; Kafka's limit also where the length has more room. */
    static final int MAX_STRING_BYTES = Short.MAX_VALUE;

    /** Most elements of one array (Kafka 4.4 draws the same line). */
    static final int MAX_ELEMENTS = 1_000_000;

    /** Most tagged fields of one structure (Kafka 4.4 draws the same line). */
    static final int MAX_TAGS = 10_000;

    /** Lists start at most this large and grow with what is really read. */
    private static final int MAX_INITIAL_CAPACITY = 1024;

    private static final int MAX_VARINT_BYTES = 5;

    private WireReader() {}

    public static void checkVersion(String message, short version, short lowest, short highest) {
        if (version < lowest || version > highest) {
            throw UnsupportedVersionException.ofMessage(message, version, lowest, highest);
        }
    }

    public static boolean bool(ByteBuf in, String field) {
        need(in, 1, field);
        return in.readByte() != 0;
    }

    public static byte int8(ByteBuf in, String field) {
        need(in, 1, field);
        return in.readByte();
    }

    public static short int16(ByteBuf in, String field) {
        need(in, 2, field);
        return in.readShort();
    }

    public static int uint16(ByteBuf in, String field) {
        need(in, 2, field);
        return in.readUnsignedShort();
    }

    public static int int32(ByteBuf in, String field) {
        need(in, 4, field);
        return in.readInt();
    }

    public static long uint32(ByteBuf in, String field) {
        need(in, 4, field);
        return in.readUnsignedInt();
    }

    public static long int64(ByteBuf in, String field) {
        need(in, 8, field);
        return in.readLong();
    }

    public static double float64(ByteBuf in, String field) {
        need(in, 8, field);
        return in.readDouble();
    }

    public static UUID uuid(ByteBuf in, String field) {
        need(in, 16, field);
        long high = in.readLong();
        long low = in.readLong();
        return high == 0 && low == 0 ? ZERO_UUID : new UUID(high, low);
    }

    public static String string(ByteBuf in, boolean flexible, String field) {
        int length = flexible ? compactLength(in, field) : int16(in, field);
        return text(in, notNull(in, length, field), field);
    }

    public static @Nullable String nullableString(ByteBuf in, boolean flexible, String field) {
        int length = flexible ? compactLength(in, field) : int16(in, field);
        return length == -1 ? null : text(in, length, field);
    }

    public static byte[] bytes(ByteBuf in, boolean flexible, String field) {
        return array(in, notNull(in, dataLength(in, flexible, field), field), field);
    }

    public static byte @Nullable [] nullableBytes(ByteBuf in, boolean flexible, String field) {
        int length = dataLength(in, flexible, field);
        return length == -1 ? null : array(in, length, field);
    }

    /** A view on {@code in}; takes no reference. */
    public static Records records(ByteBuf in, boolean flexible, String field) {
        return slice(in, notNull(in, dataLength(in, flexible, field), field), field);
    }

    /** A view on {@code in}; takes no reference. */
    public static @Nullable Records nullableRecords(ByteBuf in, boolean flexible, String field) {
        int length = dataLength(in, flexible, field);
        return length == -1 ? null : slice(in, length, field);
    }

    /** Whether a nullable structure follows; its marker is an int8, negative for null. */
    public static boolean isPresent(ByteBuf in, String field) {
        return int8(in, field) >= 0;
    }

    /** As {@link #isPresent} inside a tagged field, where the marker is a varint, 0 for null. */
    public static boolean isTagPresent(ByteBuf in, String field) {
        return unsignedVarint(in, field) != 0;
    }

    /** Number of elements of an array; each takes at least {@code minElementBytes}. */
    public static int count(ByteBuf in, boolean flexible, int minElementBytes, String field) {
        int count = nullableCount(in, flexible, minElementBytes, field);
        return notNull(in, count, field);
    }

    /** As {@link #count}, -1 for null. */
    public static int nullableCount(
            ByteBuf in, boolean flexible, int minElementBytes, String field) {
        int at = in.readerIndex();
        int count = dataLength(in, flexible, field);
        if (count > MAX_ELEMENTS) {
            throw new MalformedMessageException(
                    field, at, count + " elements are more than " + MAX_ELEMENTS);
        }
        if (count < -1 || (long) count * minElementBytes > in.readableBytes()) {
            throw new MalformedMessageException(
                    field,
                    at,
                    count
                            + " elements of at least "
                            + minElementBytes
                            + " bytes do not fit the "
                            + in.readableBytes()
                            + " bytes left");
        }
        return count;
    }

    public static int initialCapacity(int count) {
        return Math.min(count, MAX_INITIAL_CAPACITY);
    }

    /** Number of tagged fields that follow. */
    public static int tagCount(ByteBuf in, String struct) {
        int at = in.readerIndex();
        int count = unsignedVarint(in, struct);
        // A tagged field has at least a tag and a length.
        if (count < 0 || count > MAX_TAGS || count * 2L > in.readableBytes()) {
            throw new MalformedMessageException(
                    struct,
                    at,
                    Integer.toUnsignedString(count)
                            + " tagged fields do not fit the "
                            + in.readableBytes()
                            + " bytes left, or exceed "
                            + MAX_TAGS);
        }
        return count;
    }

    /** Number of the next tagged field; they ascend. */
    public static int tag(ByteBuf in, int previous, String struct) {
        int at = in.readerIndex();
        int tag = unsignedVarint(in, struct);
        if (tag <= previous) {
            throw new MalformedMessageException(
                    struct, at, "tag " + tag + " follows tag " + previous + ", tags must ascend");
        }
        return tag;
    }

    /** Index behind the tagged field's content, which starts at the reader index. */
    public static int tagEnd(ByteBuf in, int tag, String struct) {
        int at = in.readerIndex();
        int length = unsignedVarint(in, struct);
        if (length < 0 || length > in.readableBytes()) {
            throw tooLong(struct + " tag " + tag, at, length, in);
        }
        return in.readerIndex() + length;
    }

    /** Checks that a tagged field was as long as it said. */
    public static void endOfTag(ByteBuf in, int tag, int end, String struct) {
        if (in.readerIndex() != end) {
            throw new MalformedMessageException(
                    struct + " tag " + tag,
                    in.readerIndex(),
                    "content should have ended at byte " + end);
        }
    }

    /** Skips the tagged fields of a structure for which we know none. */
    public static void skipTags(ByteBuf in, String struct) {
        int count = tagCount(in, struct);
        for (int i = 0, tag = -1; i < count; i++) {
            tag = tag(in, tag, struct);
            in.readerIndex(tagEnd(in, tag, struct));
        }
    }

    /** For {@code toString()}: content is never printed. */
    public static String sizeOf(@Nullable Object content) {
        if (content instanceof byte[] bytes) {
            return bytes.length + " bytes";
        }
        return content instanceof Records records ? records.sizeInBytes() + " bytes" : "null";
    }

    /** Seven bits per byte, lowest first; at most five bytes. */
    public static int unsignedVarint(ByteBuf in, String field) {
        int value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            need(in, 1, field);
            int bits = in.readByte();
            if (i == MAX_VARINT_BYTES - 1 && (bits & 0xf0) != 0) {
                break;
            }
            value |= (bits & 0x7f) << (7 * i);
            if (bits >= 0) {
                return value;
            }
        }
        throw new MalformedMessageException(
                field, in.readerIndex() - MAX_VARINT_BYTES, "varint does not fit 32 bits");
    }

    private static int compactLength(ByteBuf in, String field) {
        return unsignedVarint(in, field) - 1;
    }

    private static int dataLength(ByteBuf in, boolean flexible, String field) {
        return flexible ? compactLength(in, field) : int32(in, field);
    }

    private static int notNull(ByteBuf in, int length, String field) {
        if (length == -1) {
            throw new MalformedMessageException(
                    field, in.readerIndex(), "is null, which this version does not allow");
        }
        return length;
    }

    private static String text(ByteBuf in, int length, String field) {
        if (length < 0 || length > MAX_STRING_BYTES || length > in.readableBytes()) {
            throw tooLong(field, in.readerIndex(), length, in);
        }
        return in.readString(length, StandardCharsets.UTF_8);
    }

    private static byte[] array(ByteBuf in, int length, String field) {
        if (length < 0 || length > in.readableBytes()) {
            throw tooLong(field, in.readerIndex(), length, in);
        }
        if (length == 0) {
            return NO_BYTES;
        }
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return bytes;
    }

    private static Records slice(ByteBuf in, int length, String field) {
        if (length < 0 || length > in.readableBytes()) {
            throw tooLong(field, in.readerIndex(), length, in);
        }
        return new BufferRecords(in.readSlice(length));
    }

    private static void need(ByteBuf in, int bytes, String field) {
        if (in.readableBytes() < bytes) {
            throw new MalformedMessageException(
                    field,
                    in.readerIndex(),
                    "needs " + bytes + " bytes, " + in.readableBytes() + " are left");
        }
    }

    private static MalformedMessageException tooLong(
            String field, int position, int length, ByteBuf in) {
        return new MalformedMessageException(
                field,
                position,
                "length " + length + " does not fit the " + in.readableBytes() + " bytes left");
    }
}
