package io.millrace.connectors.postgres.cdc.capture;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/** How far a capture has come; what the worker stores as the source offset. */
public sealed interface Progress {
    /** Nothing is stored. */
    record NotStarted() implements Progress {}

    /** Rows of the tables in {@code done} are all out; the others start again. */
    record Snapshotting(List<String> done) implements Progress {
        public Snapshotting {
            done = List.copyOf(done);
        }
    }

    /** Everything up to and including {@code position} is out. */
    record Streaming(Position position) implements Progress {}

    String COMMIT_LSN = "lsn_commit";
    String INDEX = "tx_index";
    String SNAPSHOT = "snapshot";
    String SNAPSHOT_DONE = "snapshot_done";
    String SYSTEM_ID = "system_id";

    /** The stored form: primitives only. */
    default Map<String, Object> toOffset(String systemId) {
        Map<String, Object> offset = new LinkedHashMap<>();
        if (this instanceof Snapshotting snapshotting) {
            offset.put(SNAPSHOT, true);
            offset.put(SNAPSHOT_DONE, encode(snapshotting.done()));
        } else if (this instanceof Streaming streaming) {
            offset.put(COMMIT_LSN, streaming.position().commitLsn());
            offset.put(INDEX, streaming.position().index());
        }
        offset.put(SYSTEM_ID, systemId);
        return offset;
    }

    static Progress fromOffset(@Nullable Map<String, Object> offset) {
        if (offset == null || offset.isEmpty()) {
            return new NotStarted();
        }
        if (offset.get(COMMIT_LSN) instanceof Number lsn) {
            long index = offset.get(INDEX) instanceof Number number ? number.longValue() : 0;
            return new Streaming(new Position(lsn.longValue(), index));
        }
        if (offset.containsKey(SNAPSHOT)) {
            Object done = offset.get(SNAPSHOT_DONE);
            return new Snapshotting(decode(done == null ? "" : done.toString()));
        }
        throw new ConnectException(
                "the stored offset "
                        + offset
                        + " is not one of this connector: it has neither "
                        + COMMIT_LSN
                        + " nor "
                        + SNAPSHOT
                        + "; stop the connector and delete or replace its offset"
                        + " (DELETE /connectors/<name>/offsets)");
    }

    /** The database cluster an offset belongs to; null in an offset that does not say. */
    static @Nullable String systemId(@Nullable Map<String, Object> offset) {
        Object id = offset == null ? null : offset.get(SYSTEM_ID);
        return id == null ? null : id.toString();
    }

    /** Names joined by a comma; a comma or backslash inside a name is escaped. */
    private static String encode(List<String> names) {
        StringBuilder out = new StringBuilder();
        for (String name : names) {
            if (!out.isEmpty()) {
                out.append(',');
            }
            out.append(name.replace("\\", "\\\\").replace(",", "\\,"));
        }
        return out.toString();
    }

    private static List<String> decode(String text) {
        List<String> names = new ArrayList<>();
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                name.append(text.charAt(++i));
            } else if (c == ',') {
                names.add(name.toString());
                name.setLength(0);
            } else {
                name.append(c);
            }
        }
        if (!name.isEmpty()) {
            names.add(name.toString());
        }
        return names;
    }
}
