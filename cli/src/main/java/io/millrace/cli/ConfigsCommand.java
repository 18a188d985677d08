package io.millrace.cli;

import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.ConfigChange;
import io.millrace.clients.admin.ConfigEntry;
import io.millrace.clients.admin.ConfigResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace configs}: settings of topics, brokers, groups and client metrics. */
@Command(
        name = "configs",
        description = "Describe and change settings of topics, brokers, groups and others.",
        mixinStandardHelpOptions = true)
final class ConfigsCommand {
    private static final String TYPE_HELP = "One of: ${COMPLETION-CANDIDATES}.";

    @Command(
            name = "describe",
            description = "Settings and where they come from.",
            mixinStandardHelpOptions = true)
    int describe(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "TYPE", description = TYPE_HELP) ConfigResource.Type type,
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--all", description = "Also settings at their default.") boolean all)
            throws Exception {
        ConfigResource resource = new ConfigResource(type, name);
        try (Admin admin = cluster.admin()) {
            Map<String, ConfigEntry> entries =
                    ClusterOptions.answerFor(
                            resource, cluster.await(admin.describeConfigs(List.of(resource))));
            List<List<Object>> rows = new ArrayList<>();
            new TreeMap<>(entries)
                    .values()
                    .forEach(
                            entry -> {
                                if (all || !entry.isDefault()) {
                                    rows.add(
                                            List.of(
                                                    entry.name(),
                                                    entry.sensitive()
                                                            ? "(secret)"
                                                            : entry.value().orElse("-"),
                                                    entry.source()));
                                }
                            });
            output.rows(List.of("NAME", "VALUE", "SOURCE"), rows);
        }
        return 0;
    }

    @Command(
            name = "alter",
            description = "Set settings, or take them back to their defaults.",
            mixinStandardHelpOptions = true)
    int alter(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "TYPE", description = TYPE_HELP) ConfigResource.Type type,
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--set", paramLabel = "KEY=VALUE") @Nullable Map<String, String> set,
            @Option(names = "--delete", paramLabel = "KEY") @Nullable List<String> delete)
            throws Exception {
        List<ConfigChange> changes = new ArrayList<>();
        if (set != null) {
            set.forEach((key, value) -> changes.add(ConfigChange.set(key, value)));
        }
        if (delete != null) {
            delete.forEach(key -> changes.add(ConfigChange.delete(key)));
        }
        if (changes.isEmpty()) {
            throw new IllegalArgumentException("nothing to change: give --set or --delete");
        }
        try (Admin admin = cluster.admin()) {
            cluster.await(
                    admin.incrementalAlterConfigs(Map.of(new ConfigResource(type, name), changes)));
            output.done(
                    type + " " + name + ": changed " + changes.size() + " settings",
                    Map.of("type", type, "name", name, "changed", changes.size()));
        }
        return 0;
    }
}
