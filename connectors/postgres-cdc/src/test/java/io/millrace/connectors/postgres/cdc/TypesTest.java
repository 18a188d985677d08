package io.millrace.connectors.postgres.cdc;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class TypesTest {
    /** Column type, literal, schema name, expected value as text. */
    private record Case(String type, String literal, String schemaName, String expected) {}

    private static final List<Case> DEFAULT_MODES =
            List.of(
                    new Case("bool", "true", null, "true"),
                    new Case("int2", "-32768", null, "-32768"),
                    new Case("int4", "2147483647", null, "2147483647"),
                    new Case("int8", "-9223372036854775808", null, "-9223372036854775808"),
                    new Case("oid", "4294967295", null, "4294967295"),
                    new Case("float4", "1.25e-3", null, "0.00125"),
                    new Case("float8", "'NaN'", null, "NaN"),
                    new Case("text", "'é'", null, "é"),
                    new Case("varchar(5)", "'abc'", null, "abc"),
                    new Case("char(4)", "'ab'", null, "ab  "),
                    new Case(
                            "numeric(10,2)",
                            "-12.5",
                            "org.apache.kafka.connect.data.Decimal",
                            "-12.50"),
                    new Case(
                            "numeric",
                            "1.2345678901234567890",
                            "io.debezium.data.VariableScaleDecimal",
                            "1.2345678901234567890"),
                    new Case(
                            "money",
                            "-1234.5",
                            "org.apache.kafka.connect.data.Decimal",
                            "-1234.50"),
                    new Case("date", "'2026-11-20'", "io.debezium.time.Date", "20777"),
                    new Case("date", "'0044-03-15 BC'", "io.debezium.time.Date", "-735160"),
                    new Case("date", "'infinity'", "io.debezium.time.Date", "2147483647"),
                    new Case(
                            "time",
                            "'12:34:56.789012'",
                            "io.debezium.time.MicroTime",
                            "45296789012"),
                    new Case("time(3)", "'12:34:56.789'", "io.debezium.time.Time", "45296789"),
                    new Case("time", "'24:00'", "io.debezium.time.MicroTime", "86400000000"),
                    new Case(
                            "timetz",
                            "'12:00:00+02'",
                            "io.debezium.time.ZonedTime",
                            "10:00:00.000000Z"),
                    new Case(
                            "timestamp",
                            "'2026-11-20 13:00:00.123456'",
                            "io.debezium.time.MicroTimestamp",
                            "1795179600123456"),
                    new Case(
                            "timestamp(3)",
                            "'2026-11-20 13:00:00.123'",
                            "io.debezium.time.Timestamp",
                            "1795179600123"),
                    new Case(
                            "timestamp",
                            "'-infinity'",
                            "io.debezium.time.MicroTimestamp",
                            "-9223372036832400000"),
                    new Case(
                            "timestamp",
                            "'1969-12-31 23:59:59.5'",
                            "io.debezium.time.MicroTimestamp",
                            "-500000"),
                    new Case(
                            "timestamptz",
                            "'2026-11-20 13:00:00.25+05:30'",
                            "io.debezium.time.ZonedTimestamp",
                            "2026-11-20T07:30:00.250000Z"),
                    new Case(
                            "timestamptz(0)",
                            "'2026-11-20 13:00:00+00'",
                            "io.debezium.time.ZonedTimestamp",
                            "2026-11-20T13:00:00Z"),
                    new Case(
                            "timestamptz",
                            "'infinity'",
                            "io.debezium.time.ZonedTimestamp",
                            "infinity"),
                    new Case(
                            "interval",
                            "'1 year 2 mons 3 days -04:05:06.7'",
                            "io.debezium.time.MicroDuration",
                            "37061693300000"),
                    new Case("json", "'{\"a\": 1}'", "io.debezium.data.Json", "{\"a\": 1}"),
                    new Case(
                            "jsonb",
                            "'{\"a\":[1,null]}'",
                            "io.debezium.data.Json",
                            "{\"a\": [1, null]}"),
                    new Case("xml", "'<a/>'", "io.debezium.data.Xml", "<a/>"),
                    new Case(
                            "uuid",
                            "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
                            "io.debezium.data.Uuid",
                            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
                    new Case("mood", "'so so'", "io.debezium.data.Enum", "so so"),
                    new Case("cents", "7", null, "7"),
                    new Case("price", "7.1", "org.apache.kafka.connect.data.Decimal", "7.10"),
                    new Case("bytea", "'\\x00ff10'", null, "00ff10"),
                    new Case("bit(1)", "B'1'", null, "true"),
                    new Case("bit(11)", "B'10000000001'", "io.debezium.data.Bits", "0104"),
                    new Case("varbit(20)", "B'101'", "io.debezium.data.Bits", "05"),
                    new Case("int4[]", "'{1,NULL,-3}'", null, "[1, null, -3]"),
                    new Case(
                            "text[]",
                            "ARRAY['a,b', NULL, 'NULL', '{x}', 'q\"\\']",
                            null,
                            "[a,b, null, NULL, {x}, q\"\\]"),
                    new Case("int4[]", "'{{1,2},{3,4}}'", null, "[1, 2, 3, 4]"),
                    new Case(
                            "timestamptz[]",
                            "'{2026-11-20 13:00:00+00}'",
                            null,
                            "[2026-11-20T13:00:00.000000Z]"),
                    new Case("mood[]", "'{happy}'", null, "[happy]"),
                    new Case("inet", "'10.0.0.1/8'", null, "10.0.0.1/8"),
                    new Case("macaddr", "'08:00:2b:01:02:03'", null, "08:00:2b:01:02:03"),
                    new Case("int4range", "'[1,5)'", null, "[1,5)"),
                    new Case("tsvector", "'a b'", null, "'a' 'b'"),
                    new Case(
                            "point",
                            "'(1.5,-2)'",
                            "io.debezium.data.geometry.Point",
                            "Struct{x=1.5,y=-2.0}"),
                    new Case("box", "'(1,1),(0,0)'", null, "(1,1),(0,0)"),
                    new Case("pair", "ROW(1,'x')", null, "(1,x)"));

    private static final List<Case> OTHER_MODES =
            List.of(
                    new Case("numeric", "'NaN'", null, "NaN"),
                    new Case("numeric(10,2)", "1.5", null, "1.50"),
                    new Case(
                            "time",
                            "'12:34:56.789012'",
                            "org.apache.kafka.connect.data.Time",
                            "45296789"),
                    new Case(
                            "timestamp",
                            "'2026-11-20 13:00:00.123456'",
                            "org.apache.kafka.connect.data.Timestamp",
                            "1795179600123"),
                    new Case(
                            "date",
                            "'1970-01-02'",
                            "org.apache.kafka.connect.data.Date",
                            "86400000"),
                    new Case("interval", "'1 mon 2 days'", "io.debezium.time.Interval", "P1M2D"),
                    new Case("bytea", "'\\x00ff10'", null, "AP8Q"));

    @Test
    void everyTypeReadsTheSameFromSnapshotAndStream() throws Exception {
        check(DEFAULT_MODES);
    }

    @Test
    void otherModesChangeTheForm() throws Exception {
        check(
                OTHER_MODES,
                "decimal.handling.mode",
                "string",
                "time.precision.mode",
                "connect",
                "interval.handling.mode",
                "string",
                "binary.handling.mode",
                "base64");
    }

    private static void check(List<Case> cases, String... config) throws Exception {
        try (TestDatabase db = new TestDatabase()) {
            db.execute(
                    "CREATE TYPE mood AS ENUM ('happy', 'so so')",
                    "CREATE DOMAIN cents AS int CHECK (VALUE >= 0)",
                    "CREATE DOMAIN price AS numeric(8,2)",
                    "CREATE TYPE pair AS (a int, b text)",
                    "SET timezone = 'America/New_York'");
            StringBuilder create = new StringBuilder("CREATE TABLE t (id int PRIMARY KEY");
            StringBuilder values = new StringBuilder();
            StringBuilder nulls = new StringBuilder();
            for (int i = 0; i < cases.size(); i++) {
                create.append(", c").append(i).append(' ').append(cases.get(i).type());
                values.append(", ").append(cases.get(i).literal());
                nulls.append(", NULL");
            }
            db.execute(create.append(')').toString(), "INSERT INTO t VALUES (1" + values + ")");
            try (TaskRun run = new TaskRun(db.config(config), Map.of())) {
                run.receive(1);
                db.execute(
                        "INSERT INTO t VALUES (2" + values + ")",
                        "INSERT INTO t VALUES (3" + nulls + ")");
                List<SourceRecord> records = run.receive(3);
                List<String> expected = new ArrayList<>();
                cases.forEach(
                        one ->
                                expected.add(
                                        one.type()
                                                + " "
                                                + one.schemaName()
                                                + " "
                                                + one.expected()));
                assertThat(describe(cases, records.get(0))).isEqualTo(expected);
                assertThat(describe(cases, records.get(1))).isEqualTo(expected);
                Struct empty = TaskRun.after(records.get(2));
                for (int i = 0; i < cases.size(); i++) {
                    assertThat(empty.get("c" + i)).isNull();
                }
                records.forEach(record -> ((Struct) record.value()).validate());
            }
        }
    }

    private static List<String> describe(List<Case> cases, SourceRecord record) {
        Struct after = TaskRun.after(record);
        List<String> actual = new ArrayList<>();
        for (int i = 0; i < cases.size(); i++) {
            String name = after.schema().field("c" + i).schema().name();
            actual.add(cases.get(i).type() + " " + name + " " + text(name, after.get("c" + i)));
        }
        return actual;
    }

    private static String text(String schemaName, Object value) {
        if (value instanceof java.nio.ByteBuffer buffer) {
            return HexFormat.of().formatHex(Arrays.copyOf(buffer.array(), buffer.limit()));
        }
        if (value instanceof java.util.Date date) {
            return String.valueOf(date.getTime());
        }
        if ("io.debezium.data.VariableScaleDecimal".equals(schemaName)) {
            Struct struct = (Struct) value;
            return new BigDecimal(
                            new java.math.BigInteger(struct.getBytes("value")),
                            struct.getInt32("scale"))
                    .toPlainString();
        }
        return String.valueOf(value);
    }
}
