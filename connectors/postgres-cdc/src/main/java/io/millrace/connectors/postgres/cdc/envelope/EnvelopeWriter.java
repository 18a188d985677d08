package io.millrace.connectors.postgres.cdc.envelope;

import io.millrace.connectors.postgres.cdc.wire.Tuple;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Row changes to records in Debezium's envelope. One change gives one record, two with a tombstone,
 * three when the key changes (delete, tombstone, create). Stateless but for the clock.
 */
public final class EnvelopeWriter {
    /** The columns whose value the server did not send, comma-separated; our sink leaves them. */
    public static final String UNCHANGED_HEADER = "millrace.unchanged.columns";

    private static final String NEW_KEY_HEADER = "__debezium.newkey";
    private static final String OLD_KEY_HEADER = "__debezium.oldkey";

    private final SourceBlock source;
    private final boolean tombstones;
    private final Set<String> skippedOperations;
    private final Clock clock;

    public EnvelopeWriter(
            SourceBlock source, boolean tombstones, Set<String> skippedOperations, Clock clock) {
        this.source = source;
        this.tombstones = tombstones;
        this.skippedOperations = Set.copyOf(skippedOperations);
        this.clock = clock;
    }

    /** A row found by the snapshot ("r") or inserted ("c"). */
    public void created(
            TablePlan plan,
            Tuple after,
            ChangeOrigin origin,
            String op,
            Consumer<ChangeRecord> out) {
        if (skippedOperations.contains(op)) {
            return;
        }
        List<String> unchanged = plan.newUnchangedList();
        Struct row = plan.row(after, null, unchanged);
        Struct key = plan.key(after);
        out.accept(record(plan, key, envelope(plan, origin, op, null, row), List.of()));
    }

    /** {@code oldKey} holds key columns only; {@code before} is the whole old row. */
    public void updated(
            TablePlan plan,
            @Nullable Tuple oldKey,
            @Nullable Tuple before,
            Tuple after,
            ChangeOrigin origin,
            Consumer<ChangeRecord> out) {
        Tuple old = before != null ? before : oldKey;
        if (plan.hasKey() && old != null && !plan.sameKey(old, after)) {
            rekeyed(plan, old, before, after, origin, out);
            return;
        }
        if (skippedOperations.contains("u")) {
            return;
        }
        List<String> unchanged = plan.newUnchangedList();
        Struct beforeRow = before == null ? null : plan.row(before, null, plan.newUnchangedList());
        Struct row = plan.row(after, before, unchanged);
        Struct key = plan.key(after);
        out.accept(
                record(
                        plan,
                        key,
                        envelope(plan, origin, "u", beforeRow, row),
                        unchanged(unchanged)));
    }

    private void rekeyed(
            TablePlan plan,
            Tuple old,
            @Nullable Tuple before,
            Tuple after,
            ChangeOrigin origin,
            Consumer<ChangeRecord> out) {
        Struct oldKey = plan.key(old);
        Struct newKey = plan.key(after);
        Schema keySchema = plan.keySchema();
        Struct beforeRow =
                before == null
                        ? plan.keyOnlyRow(old)
                        : plan.row(before, null, plan.newUnchangedList());
        delete(
                plan,
                oldKey,
                beforeRow,
                origin,
                headers(NEW_KEY_HEADER, new SchemaAndValue(keySchema, newKey)),
                out);
        if (skippedOperations.contains("c")) {
            return;
        }
        List<String> unchanged = plan.newUnchangedList();
        Struct row = plan.row(after, before, unchanged);
        Headers headers = new ConnectHeaders();
        headers.add(OLD_KEY_HEADER, new SchemaAndValue(keySchema, oldKey));
        unchanged(unchanged).forEach(headers::add);
        out.accept(record(plan, newKey, envelope(plan, origin, "c", null, row), list(headers)));
    }

    public void deleted(
            TablePlan plan,
            @Nullable Tuple oldKey,
            @Nullable Tuple before,
            ChangeOrigin origin,
            Consumer<ChangeRecord> out) {
        if (before != null) {
            Struct row = plan.row(before, null, plan.newUnchangedList());
            delete(plan, plan.key(before), row, origin, List.of(), out);
        } else if (oldKey != null) {
            delete(plan, plan.key(oldKey), plan.keyOnlyRow(oldKey), origin, List.of(), out);
        }
    }

    private void delete(
            TablePlan plan,
            @Nullable Struct key,
            Struct before,
            ChangeOrigin origin,
            List<Header> headers,
            Consumer<ChangeRecord> out) {
        if (skippedOperations.contains("d")) {
            return;
        }
        out.accept(record(plan, key, envelope(plan, origin, "d", before, null), headers));
        if (tombstones && key != null) {
            out.accept(new ChangeRecord(plan.topic(), plan.keySchema(), key, null, null, headers));
        }
    }

    public void truncated(TablePlan plan, ChangeOrigin origin, Consumer<ChangeRecord> out) {
        if (!skippedOperations.contains("t")) {
            Struct envelope = envelope(plan, origin, "t", null, null);
            out.accept(
                    new ChangeRecord(
                            plan.topic(), null, null, plan.envelopeSchema(), envelope, List.of()));
        }
    }

    private static ChangeRecord record(
            TablePlan plan, @Nullable Struct key, Struct envelope, List<Header> headers) {
        return new ChangeRecord(
                plan.topic(), plan.keySchema(), key, plan.envelopeSchema(), envelope, headers);
    }

    private Struct envelope(
            TablePlan plan,
            ChangeOrigin origin,
            String op,
            @Nullable Struct before,
            @Nullable Struct after) {
        Schema schema = plan.envelopeSchema();
        List<Field> fields = schema.fields();
        Instant now = clock.instant();
        long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        Struct envelope = new Struct(schema);
        envelope.put(fields.get(0), before);
        envelope.put(fields.get(1), after);
        envelope.put(
                fields.get(2),
                source.struct(origin, plan.relation().schema(), plan.relation().table()));
        envelope.put(fields.get(3), op);
        envelope.put(fields.get(4), nanos / 1_000_000);
        envelope.put(fields.get(5), nanos / 1_000);
        envelope.put(fields.get(6), nanos);
        return envelope;
    }

    private static List<Header> unchanged(List<String> columns) {
        return columns.isEmpty()
                ? List.of()
                : headers(
                        UNCHANGED_HEADER,
                        new SchemaAndValue(Schema.STRING_SCHEMA, String.join(",", columns)));
    }

    private static List<Header> headers(String name, SchemaAndValue value) {
        return list(new ConnectHeaders().add(name, value));
    }

    private static List<Header> list(Headers headers) {
        java.util.ArrayList<Header> list = new java.util.ArrayList<>();
        headers.forEach(list::add);
        return list;
    }
}
