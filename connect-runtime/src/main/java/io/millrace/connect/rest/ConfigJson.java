package io.millrace.connect.rest;

import io.millrace.connect.worker.ConfigReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.jspecify.annotations.Nullable;

/** Config definitions and validation results in Kafka Connect's JSON. */
final class ConfigJson {
    private ConfigJson() {}

    static Map<String, Object> report(ConfigReport report) {
        List<Map<String, Object>> configs = new ArrayList<>();
        report.findings()
                .values()
                .forEach(
                        finding -> {
                            Map<String, Object> one = new LinkedHashMap<>();
                            one.put("definition", key(finding.key()));
                            one.put("value", value(finding.key(), finding.value()));
                            configs.add(one);
                        });
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", report.connectorClass());
        json.put("error_count", report.errorCount());
        json.put("groups", report.groups());
        json.put("configs", configs);
        return json;
    }

    static Map<String, @Nullable Object> key(ConfigDef.ConfigKey key) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", key.name);
        json.put("type", type(key));
        json.put("required", !key.hasDefault());
        json.put("default_value", key.hasDefault() ? text(key.type, key.defaultValue) : null);
        json.put("importance", key.importance.name());
        json.put("documentation", key.documentation);
        json.put("group", key.group);
        json.put("width", key.width.name());
        json.put("display_name", key.displayName);
        json.put("dependents", key.dependents == null ? List.of() : key.dependents);
        json.put("order", key.orderInGroup);
        return json;
    }

    /**
     * Classes are looked up by the worker, so their keys are texts inside; clients know them as
     * CLASS.
     */
    private static String type(ConfigDef.ConfigKey key) {
        boolean names =
                key.name.equals("connector.class")
                        || key.name.equals("key.converter")
                        || key.name.equals("value.converter")
                        || key.name.equals("header.converter");
        return names ? "CLASS" : key.type.name().toUpperCase(Locale.ROOT);
    }

    private static Map<String, @Nullable Object> value(ConfigDef.ConfigKey key, ConfigValue value) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", value.name());
        json.put("value", text(key.type, value.value()));
        json.put(
                "recommended_values",
                value.recommendedValues().stream()
                        .map(recommended -> text(key.type, recommended))
                        .toList());
        json.put("errors", value.errorMessages());
        json.put("visible", value.visible());
        return json;
    }

    private static @Nullable String text(ConfigDef.Type type, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        return type == ConfigDef.Type.PASSWORD
                ? "[hidden]"
                : value instanceof String given ? given : ConfigDef.convertToString(value, type);
    }
}
