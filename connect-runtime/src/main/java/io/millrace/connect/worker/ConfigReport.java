package io.millrace.connect.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;

/**
 * What a check of a connector's config found.
 *
 * @param connectorClass full class name
 * @param findings by key, in the order of definition
 */
public record ConfigReport(
        String connectorClass, Set<String> groups, Map<String, Finding> findings) {

    /** One setting: its definition and what was found about its value. */
    public record Finding(ConfigDef.ConfigKey key, ConfigValue value) {}

    public List<String> errors() {
        List<String> errors = new ArrayList<>();
        findings.values().forEach(found -> errors.addAll(found.value().errorMessages()));
        return errors;
    }

    public int errorCount() {
        return errors().size();
    }
}
