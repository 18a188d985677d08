package io.millrace.connectors.postgres.cdc.wire;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of one pgoutput message to a {@link ChangeMessage}. Stateless. Source: PostgreSQL, "Logical
 * Replication Message Formats", protocol version 1.
 */
public final class PgOutputDecoder {
    /** Microseconds between 1970-01-01 and 2000-01-01, the server's epoch. */
    private static final long POSTGRES_EPOCH_MICROS = 946_684_800_000_000L;

    private PgOutputDecoder() {}

    /** Decodes the message that starts at {@code position} of {@code bytes}. */
    public static ChangeMessage decode(byte[] bytes, int position) {
        WireCursor in = new WireCursor(bytes, position);
        char code = (char) in.int8();
        return switch (code) {
            case 'B' ->
                    new ChangeMessage.Begin(
                            in.int64(), in.int64() + POSTGRES_EPOCH_MICROS, in.int32());
            case 'C' -> {
                in.int8(); // flags, unused
                yield new ChangeMessage.Commit(in.int64(), in.int64());
            }
            case 'R' -> new ChangeMessage.Described(relation(in));
            case 'I' -> insert(in);
            case 'U' -> update(in);
            case 'D' -> delete(in);
            case 'T' -> truncate(in);
            case 'Y', 'O', 'M' -> new ChangeMessage.Ignored(code);
            default -> throw new WireFormatException("unknown message '" + code + "'");
        };
    }

    private static Relation relation(WireCursor in) {
        int oid = in.int32();
        String namespace = in.string();
        String table = in.string();
        char identity = (char) in.int8();
        int count = in.int16();
        List<Relation.Column> columns = new ArrayList<>(Math.max(count, 0));
        for (int i = 0; i < count; i++) {
            boolean key = (in.int8() & 1) != 0;
            columns.add(new Relation.Column(key, in.string(), in.int32(), in.int32()));
        }
        // An empty namespace stands for pg_catalog.
        return new Relation(
                oid, namespace.isEmpty() ? "pg_catalog" : namespace, table, identity, columns);
    }

    private static ChangeMessage insert(WireCursor in) {
        int oid = in.int32();
        expect(in.int8(), 'N', "insert");
        return new ChangeMessage.Insert(oid, Tuple.read(in));
    }

    private static ChangeMessage update(WireCursor in) {
        int oid = in.int32();
        @Nullable Tuple oldKey = null;
        @Nullable Tuple before = null;
        byte part = in.int8();
        if (part == 'K') {
            oldKey = Tuple.read(in);
            part = in.int8();
        } else if (part == 'O') {
            before = Tuple.read(in);
            part = in.int8();
        }
        expect(part, 'N', "update");
        return new ChangeMessage.Update(oid, oldKey, before, Tuple.read(in));
    }

    private static ChangeMessage delete(WireCursor in) {
        int oid = in.int32();
        byte part = in.int8();
        if (part == 'K') {
            return new ChangeMessage.Delete(oid, Tuple.read(in), null);
        }
        expect(part, 'O', "delete");
        return new ChangeMessage.Delete(oid, null, Tuple.read(in));
    }

    private static ChangeMessage truncate(WireCursor in) {
        int count = in.int32();
        in.int8(); // CASCADE and RESTART IDENTITY: the relations are listed anyway
        List<Integer> oids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            oids.add(in.int32());
        }
        return new ChangeMessage.Truncate(oids);
    }

    private static void expect(byte actual, char wanted, String message) {
        if (actual != wanted) {
            throw new WireFormatException(
                    message + ": expected part '" + wanted + "', got '" + (char) actual + "'");
        }
    }
}
