package io.millrace.connect.worker;

import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.jspecify.annotations.Nullable;

/** Settings that every connector has, as the validate endpoint shows them. */
final class ConnectorDefs {
    private static final String COMMON = "Common";
    private static final String TRANSFORMS = "Transforms";
    private static final String PREDICATES = "Predicates";
    private static final String ERRORS = "Error Handling";
    private static final String RESTARTS = "Restarts";
    private static final String TOPICS = "Topic Creation";
    private static final String EXACTLY_ONCE = "Exactly Once Support";
    private static final String OFFSETS = "offsets.topic";

    private final ConfigDef def = new ConfigDef();
    private int order;

    private ConnectorDefs() {}

    static ConfigDef source() {
        ConnectorDefs defs = new ConnectorDefs();
        defs.common();
        defs.errors();
        defs.list(
                "topic.creation.groups", TOPICS, "Groups of settings for topics that are created");
        defs.add(
                "exactly.once.support",
                Type.STRING,
                "requested",
                ValidString.in("requested", "required"),
                EXACTLY_ONCE,
                "Whether the connector must support exactly-once delivery");
        defs.add(
                "transaction.boundary",
                Type.STRING,
                "poll",
                ValidString.in("poll", "interval", "connector"),
                EXACTLY_ONCE,
                "Where transactions end");
        defs.add(
                "transaction.boundary.interval.ms",
                Type.LONG,
                null,
                null,
                EXACTLY_ONCE,
                "Time between transactions with transaction.boundary=interval");
        defs.add(
                "offsets.storage.topic",
                Type.STRING,
                null,
                null,
                OFFSETS,
                "Topic for this connector's offsets; the worker's when empty");
        return defs.def;
    }

    static ConfigDef sink() {
        ConnectorDefs defs = new ConnectorDefs();
        defs.common();
        defs.list("topics", COMMON, "Topics to read, separated by commas");
        defs.add(
                "topics.regex",
                Type.STRING,
                "",
                null,
                COMMON,
                "Regular expression of topics to read; either this or topics");
        defs.errors();
        defs.add(
                "errors.deadletterqueue.topic.name",
                Type.STRING,
                "",
                null,
                ERRORS,
                "Topic for records that failed; none when empty");
        defs.add(
                "errors.deadletterqueue.topic.replication.factor",
                Type.SHORT,
                (short) -1,
                null,
                ERRORS,
                "Replicas of that topic when it is created; -1 for the broker's default");
        defs.add(
                "errors.deadletterqueue.context.headers.enable",
                Type.BOOLEAN,
                false,
                null,
                ERRORS,
                "Whether headers say why a record failed");
        return defs.def;
    }

    private void common() {
        required("name", "Name of the connector, unique in the group of workers");
        required("connector.class", "Class or alias of the connector");
        add("connector.plugin.version", Type.STRING, null, null, COMMON, "Version or range of it");
        add("tasks.max", Type.INT, 1, Range.atLeast(1), COMMON, "Most tasks to run");
        add(
                "tasks.max.enforce",
                Type.BOOLEAN,
                true,
                null,
                COMMON,
                "Whether a connector with more task configs than tasks.max fails");
        for (String converter : List.of("key.converter", "value.converter", "header.converter")) {
            add(converter, Type.STRING, null, null, COMMON, "Converter; the worker's when empty");
            add(
                    converter + ".plugin.version",
                    Type.STRING,
                    null,
                    null,
                    COMMON,
                    "Version or range of it");
        }
        list("transforms", TRANSFORMS, "Names of transforms, applied in this order");
        list("predicates", PREDICATES, "Names of predicates that transforms use");
        add(
                "config.action.reload",
                Type.STRING,
                "restart",
                ValidString.in("none", "restart"),
                COMMON,
                "What to do when a value from a config provider expires");
    }

    private void errors() {
        add(
                "errors.retry.timeout",
                Type.LONG,
                0L,
                Range.atLeast(-1L),
                ERRORS,
                "How long failed conversions and transforms are tried again, ms; -1 for ever");
        add(
                "errors.retry.delay.max.ms",
                Type.LONG,
                60_000L,
                Range.atLeast(1L),
                ERRORS,
                "Longest wait between two tries");
        add(
                "errors.tolerance",
                Type.STRING,
                "none",
                ValidString.in("none", "all"),
                ERRORS,
                "Whether records that fail are skipped (all) or fail the task (none)");
        add("errors.log.enable", Type.BOOLEAN, false, null, ERRORS, "Whether failures are logged");
        add(
                "errors.log.include.messages",
                Type.BOOLEAN,
                false,
                null,
                ERRORS,
                "Whether the log says which record it was");
        add(
                "errors.restart.enable",
                Type.BOOLEAN,
                null,
                null,
                RESTARTS,
                "Whether failed tasks start again by themselves; the worker's setting when empty");
        add("errors.restart.delay.ms", Type.LONG, null, null, RESTARTS, "First wait");
        add("errors.restart.delay.max.ms", Type.LONG, null, null, RESTARTS, "Longest wait");
        add(
                "errors.restart.max.attempts",
                Type.INT,
                null,
                null,
                RESTARTS,
                "Failures in a row after which it stays failed; -1 for no limit");
        add(
                "errors.restart.reset.ms",
                Type.LONG,
                null,
                null,
                RESTARTS,
                "Running this long forgets earlier failures");
    }

    private void required(String name, String doc) {
        def.define(
                name,
                Type.STRING,
                ConfigDef.NO_DEFAULT_VALUE,
                new ConfigDef.NonEmptyString(),
                Importance.HIGH,
                doc,
                COMMON,
                ++order,
                Width.MEDIUM,
                name);
    }

    private void list(String name, String group, String doc) {
        add(name, Type.LIST, List.of(), null, group, doc);
    }

    private void add(
            String name,
            Type type,
            @Nullable Object defaultValue,
            ConfigDef.@Nullable Validator validator,
            String group,
            String doc) {
        def.define(
                name,
                type,
                defaultValue,
                validator,
                Importance.MEDIUM,
                doc,
                group,
                ++order,
                Width.MEDIUM,
                name);
    }
}
