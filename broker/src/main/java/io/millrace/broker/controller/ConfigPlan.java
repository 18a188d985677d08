package io.millrace.broker.controller;

import io.millrace.broker.config.ConfigCatalog;
import io.millrace.broker.config.ConfigProblem;
import io.millrace.broker.controller.ConfigAlteration.Edit;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
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
        Set<ConfigResource> seen = new HashSet<>();
        Set<ConfigResource> repeated = new HashSet<>();
        for (ConfigAlteration alteration : alterations) {
            if (!seen.add(alteration.resource())) {
                repeated.add(alteration.resource());
            }
        }
        for (ConfigAlteration alteration : alterations) {
            ConfigResource resource = alteration.resource();
            results.put(
                    resource,
                    repeated.contains(resource)
                            ? rejected(
                                    ErrorCode.INVALID_REQUEST,
                                    resource + " is in the request more than once")
                            : alterOne(alteration));
        }
        records.addAll(
                new TermsChange(image, catalog, ControlRules.all()).of(List.copyOf(records)));
        return new Decision<>(validateOnly ? List.of() : records, results);
    }

    private AdminResult<ConfigResource> alterOne(ConfigAlteration alteration) {
        ConfigResource resource = alteration.resource();
        AdminResult<ConfigResource> refusal = malformed(alteration);
        if (refusal == null) {
            refusal = misnamed(resource);
        }
        if (refusal != null) {
            return refusal;
        }
        Map<String, String> before = image.config(resource);
        Map<String, String> after =
                new TreeMap<>(alteration.replaceAll() ? Map.<String, String>of() : before);
        for (Edit edit : alteration.edits()) {
            AdminResult<ConfigResource> refused = apply(resource, edit, after);
            if (refused != null) {
                return refused;
            }
        }
        Optional<ConfigProblem> together = catalog.problemTogether(image, resource, after);
        if (together.isPresent()) {
            return rejected(together.get().error(), together.get().why());
        }
        boolean ofOneBroker =
                resource.kind() == ConfigResource.Kind.BROKER && !resource.name().isEmpty();
        if (ofOneBroker && after.containsKey(ConfiguredTerms.MIN_ISR)) {
            // Leader and controller must mean the same minimum, or eligible replicas are not.
            return rejected(
                    ErrorCode.INVALID_CONFIG,
                    resource
                            + ": "
                            + ConfiguredTerms.MIN_ISR
                            + " is the same on all brokers; set it for the cluster or for a topic");
        }
        if (resource.kind() == ConfigResource.Kind.TOPIC && image.topic(resource.name()) == null) {
            return rejected(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, resource + " does not exist");
        }
        write(resource, before, after);
        return new AdminResult.Done<>(resource);
    }

    /** What can be said without looking at the resource; null if nothing is wrong. */
    private static @Nullable AdminResult<ConfigResource> malformed(ConfigAlteration alteration) {
        Set<String> edited = new HashSet<>();
        for (Edit edit : alteration.edits()) {
            String what = alteration.resource() + ": " + edit.key();
            if (!edited.add(edit.key())) {
                return rejected(ErrorCode.INVALID_REQUEST, what + " is edited more than once");
            }
            if (edit.operation() != ConfigAlteration.Operation.DELETE && edit.value() == null) {
                return rejected(ErrorCode.INVALID_REQUEST, what + " is set without a value");
            }
        }
        return null;
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

    /** Why there can be no such resource to configure; null if there can. */
    private @Nullable AdminResult<ConfigResource> misnamed(ConfigResource resource) {
        String name = resource.name();
        return switch (resource.kind()) {
            case TOPIC -> {
                if (name.isEmpty()) {
                    yield withoutName(resource);
                }
                yield TopicNameRule.problem(name)
                        .map(why -> rejected(ErrorCode.INVALID_TOPIC_EXCEPTION, why))
                        .orElse(null);
            }
            case BROKER -> {
                boolean known =
                        name.isEmpty()
                                || image.brokers().keySet().stream()
                                        .anyMatch(id -> name.equals(Integer.toString(id)));
                yield known
                        ? null
                        : rejected(ErrorCode.INVALID_REQUEST, resource + " is not registered");
            }
            case GROUP, CLIENT_METRICS -> name.isEmpty() ? withoutName(resource) : null;
        };
    }

    private static AdminResult<ConfigResource> withoutName(ConfigResource resource) {
        return rejected(
                ErrorCode.INVALID_REQUEST,
                resource + ": there are no defaults to set; give a name");
    }

    /** Null if applied. */
    private @Nullable AdminResult<ConfigResource> apply(
            ConfigResource resource, Edit edit, Map<String, String> entries) {
        String key = edit.key();
        if (edit.operation() == ConfigAlteration.Operation.DELETE) {
            entries.remove(key);
            return null;
        }
        String given = Objects.requireNonNull(edit.value());
        String value = given;
        if (edit.operation() != ConfigAlteration.Operation.SET) {
            if (!catalog.isList(resource.kind(), key)) {
                return rejected(
                        ErrorCode.INVALID_CONFIG,
                        resource + ": " + key + " is not a list to append to or subtract from");
            }
            value = edited(resource, edit, given, entries);
        }
        Optional<ConfigProblem> problem = catalog.problem(image, resource, key, value);
        if (problem.isPresent()) {
            return rejected(problem.get().error(), problem.get().why());
        }
        entries.put(key, value);
        return null;
    }

    private String edited(
            ConfigResource resource, Edit edit, String given, Map<String, String> entries) {
        String current = entries.get(edit.key());
        if (current == null) {
            current = catalog.value(image, resource, edit.key());
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
