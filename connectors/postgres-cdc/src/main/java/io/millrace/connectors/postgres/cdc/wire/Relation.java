package io.millrace.connectors.postgres.cdc.wire;

import java.util.List;

/**
 * A table as the change stream describes it at one point of the log: columns in order, and which of
 * them identify a row. It arrives in-band, so it is never newer than the rows that follow it.
 */
public record Relation(
        int oid, String schema, String table, char replicaIdentity, List<Column> columns) {
    public static final char IDENTITY_DEFAULT = 'd';
    public static final char IDENTITY_FULL = 'f';

    /** One column; {@code key} is the replica identity flag. */
    public record Column(boolean key, String name, int typeOid, int typeModifier) {}

    public Relation {
        columns = List.copyOf(columns);
    }

    public boolean fullIdentity() {
        return replicaIdentity == IDENTITY_FULL;
    }

    @Override
    public String toString() {
        return schema + "." + table;
    }
}
