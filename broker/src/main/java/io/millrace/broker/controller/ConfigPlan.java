package io.millrace.broker.controller;

import io.millrace.broker.controller.ConfigAlteration.Edit;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Decides about configuration entries. Pure. A resource changes completely or not at all. */
final class ConfigPlan {
    private final MetadataImage image;
    private final ConfigCatalog catalog;
    private final List<MetadataRecord> records = new ArrayList<>();

    ConfigPlan(MetadataImage image, ConfigCatalog catalog) {
        this.image = image;
        this.catalog = catalog;
    }

    Decision<Map<ConfigResource, AdminResult<ConfigResource>>> alter(
            List<ConfigAlteration> alterations, boolean validateOnly) {
        Map<ConfigResource, AdminResult<ConfigResource>> results = new LinkedHashMap<>();
        for (ConfigAlteration alteration : alterations) {
            ConfigResource resource = alteration.resource();
            AdminResult<ConfigResource> result =
                    results.containsKey(resource)
                            ? rejected(
                                    ErrorCode.INVALID_REQUEST,
                                    resource + " is in the request more than once")
                            : alterOne(alteration);
            results.put(resource, result);
        }
        return new Decision<>(validateOnly ? List.of() : records, results);
    }

    private AdminResult<ConfigResource> alterOne(ConfigAlteration alteration) {
        ConfigResource resource = alteration.resource();
        AdminResult<ConfigResource> missing = missing(resource);
        if (missing != null) {
            return missing;
        }
        Map<String, String> before = image.config(resource);
        Map<String, String> after =
                new TreeMap<>(alteration.replaceAll() ? Map.<String, String>of() : before);
        List<String> edited = new ArrayList<>();
        for (Edit edit : alteration.edits()) {
            if (edited.contains(edit.key())) {
                return rejected(
                        ErrorCode.INVALID_REQUEST,
                        resource + ": " + edit.key() + " is edited more than once");
            }
            edited.add(edit.key());
            AdminResult<ConfigResource> refused = apply(resource, edit, after);
            if (refused != null) {
                return refused;
            }
        }
        write(resource, before, after);
        return new AdminResult.Done<>(resource);
    }

    private void write(
            ConfigResource resource, Map<String, String> before, Map<String, String> after) {
        before.forEach(
                (key, value) -> {
                    if (!after.containsKey(key)) {
                        records.add(new ConfigChange(resource, key, null));
                    }
                });
        after.forEach(
                (key, value) -> {
                    if (!value.equals(before.get(key))) {
                        records.add(new ConfigChange(resource, key, value));
                    }
                });
    }

    private @Nullable AdminResult<ConfigResource> missing(ConfigResource resource) {
        switch (resource.kind()) {
            case TOPIC -> {
                if (image.topic(resource.name()) == null) {
                    return rejected(
                            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, resource + " does not exist");
                }
            }
            case BROKER -> {
                boolean known =
                        resource.name().isEmpty()
                                || image.brokers().keySet().stream()
                                        .anyMatch(id -> resource.name().equals("" + id));
                if (!known) {
                    return rejected(ErrorCode.INVALID_REQUEST, resource + " is not registered");
                }
            }
            default -> {
                return rejected(
                        ErrorCode.INVALID_REQUEST,
                        resource + ": this kind of resource has no configuration here");
            }
        }
        return null;
    }

    /** Null if applied. */
    private @Nullable AdminResult<ConfigResource> apply(
            ConfigResource resource, Edit edit, Map<String, String> entries) {
        String key = edit.key();
        if (resource.kind() == ConfigResource.Kind.BROKER) {
            return rejected(
                    ErrorCode.INVALID_REQUEST,
                    resource
                            + ": "
                            + key
                            + " cannot be changed while the broker runs; change its configuration"
                            + " file and restart it");
        }
        if (edit.operation() == ConfigAlteration.Operation.DELETE) {
            entries.remove(key);
            return null;
        }
        String given = edit.value();
        if (given == null) {
            return rejected(
                    ErrorCode.INVALID_CONFIG, resource + ": " + key + " is set without a value");
        }
        String value = given;
        if (edit.operation() != ConfigAlteration.Operation.SET) {
            if (!catalog.isList(resource.kind(), key)) {
                return rejected(
                        ErrorCode.INVALID_CONFIG,
                        resource + ": " + key + " is not a list to append to or subtract from");
            }
            value = edited(resource, edit, given, entries);
        }
        Optional<String> problem = catalog.problem(resource, key, value);
        if (problem.isPresent()) {
            return rejected(ErrorCode.INVALID_CONFIG, problem.get());
        }
        entries.put(key, value);
        return null;
    }

    private String edited(
            ConfigResource resource, Edit edit, String given, Map<String, String> entries) {
        String current = entries.get(edit.key());
        if (current == null && resource.kind() == ConfigResource.Kind.TOPIC) {
            current = catalog.topicValue(image, resource.name(), edit.key());
        }
        List<String> parts = new ArrayList<>(split(current == null ? "" : current));
        if (edit.operation() == ConfigAlteration.Operation.APPEND) {
            split(given).stream().filter(part -> !parts.contains(part)).forEach(parts::add);
        } else {
            parts.removeAll(split(given));
        }
        return String.join(",", parts);
    }

    private static List<String> split(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::trim)
                .filter(part -> !part.isEmpty())
                .toList();
    }

    private static AdminResult<ConfigResource> rejected(ErrorCode error, String why) {
        return new AdminResult.Rejected<>(error, why);
    }
}
