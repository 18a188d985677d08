package io.millrace.connectors.postgres.cdc.wire;

/**
 * The column values of one row as text bytes, not yet decoded. It refers to the message's array;
 * values are read through {@link #offset} and {@link #length}. Immutable once filled.
 */
public final class Tuple {
    public static final byte NULL = 'n';
    public static final byte UNCHANGED = 'u';
    public static final byte TEXT = 't';

    private final byte[] bytes;
    private final byte[] kinds;
    private final int[] offsets;
    private final int[] lengths;

    public Tuple(byte[] bytes, byte[] kinds, int[] offsets, int[] lengths) {
        this.bytes = bytes;
        this.kinds = kinds;
        this.offsets = offsets;
        this.lengths = lengths;
    }

    /** Source: PostgreSQL, "Logical Replication Message Formats", TupleData. */
    static Tuple read(WireCursor in) {
        int count = in.int16();
        if (count < 0) {
            throw new WireFormatException("a tuple with " + count + " columns");
        }
        byte[] kinds = new byte[count];
        int[] offsets = new int[count];
        int[] lengths = new int[count];
        for (int i = 0; i < count; i++) {
            byte kind = in.int8();
            kinds[i] = kind;
            switch (kind) {
                case NULL, UNCHANGED -> {}
                case TEXT -> {
                    lengths[i] = in.int32();
                    offsets[i] = in.position();
                    in.skip(lengths[i]);
                }
                default ->
                        throw new WireFormatException(
                                "column " + i + " has the unknown kind '" + (char) kind + "'");
            }
        }
        return new Tuple(in.bytes(), kinds, offsets, lengths);
    }

    public int columns() {
        return kinds.length;
    }

    public byte kind(int column) {
        return kinds[column];
    }

    public byte[] bytes() {
        return bytes;
    }

    public int offset(int column) {
        return offsets[column];
    }

    public int length(int column) {
        return lengths[column];
    }

    /** Whether both rows hold the same bytes in {@code column}. */
    public boolean sameValue(int column, Tuple other) {
        if (kinds[column] != other.kinds[column] || lengths[column] != other.lengths[column]) {
            return false;
        }
        return java.util.Arrays.equals(
                bytes,
                offsets[column],
                offsets[column] + lengths[column],
                other.bytes,
                other.offsets[column],
                other.offsets[column] + other.lengths[column]);
    }
}
