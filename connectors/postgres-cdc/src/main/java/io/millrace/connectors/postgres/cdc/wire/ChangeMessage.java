package io.millrace.connectors.postgres.cdc.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One pgoutput message (protocol version 1), decoded down to undecoded column bytes. */
public sealed interface ChangeMessage {
    /** {@code commitLsn} is where the commit record starts; {@code commitMicros} since 1970. */
    record Begin(long commitLsn, long commitMicros, int xid) implements ChangeMessage {}

    /** {@code endLsn} is the first byte after the commit record: what may be confirmed. */
    record Commit(long commitLsn, long endLsn) implements ChangeMessage {}

    record Described(Relation relation) implements ChangeMessage {}

    record Insert(int relationOid, Tuple after) implements ChangeMessage {}

    /** {@code oldKey}: only key columns are set; {@code before}: the whole old row (FULL). */
    record Update(int relationOid, @Nullable Tuple oldKey, @Nullable Tuple before, Tuple after)
            implements ChangeMessage {}

    record Delete(int relationOid, @Nullable Tuple oldKey, @Nullable Tuple before)
            implements ChangeMessage {}

    record Truncate(List<Integer> relationOids) implements ChangeMessage {
        public Truncate {
            relationOids = List.copyOf(relationOids);
        }
    }

    /** A message that carries no row: type, origin. */
    record Ignored(char code) implements ChangeMessage {}
}
