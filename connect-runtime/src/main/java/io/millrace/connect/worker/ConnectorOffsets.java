package io.millrace.connect.worker;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.connect.kafka.InternalTopics;
import io.millrace.connect.plugin.ContextLoader;
import io.millrace.connect.plugin.PluginClass;
import io.millrace.connect.plugin.PluginType;
import io.millrace.connect.plugin.Plugins;
import io.millrace.connect.task.OffsetStore;
import io.millrace.connect.task.Partitions;
import io.millrace.connect.worker.RequestRefused.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.source.SourceConnector;
import org.jspecify.annotations.Nullable;

/**
 * Reads and changes the offsets of connectors: source offsets in the offset topic, sink offsets in
 * their group.
 */
public final class ConnectorOffsets {
    private static final String TOPIC = "kafka_topic";
    private static final String PARTITION = "kafka_partition";
    private static final String OFFSET = "kafka_offset";

    private final OffsetStore store;
    private final Admin admin;
    private final ConnectorPlugins plugins;
    private final Secrets secrets;

    ConnectorOffsets(OffsetStore store, Admin admin, ConnectorPlugins plugins, Secrets secrets) {
        this.store = store;
        this.admin = admin;
        this.plugins = plugins;
        this.secrets = secrets;
    }

    /** One partition and its offset; a null offset removes it. */
    public record Entry(Map<String, Object> partition, @Nullable Map<String, Object> offset) {}

    private static String group(String connector, Map<String, String> config) {
        return config.getOrDefault("consumer.override.group.id", "connect-" + connector);
    }

    CompletableFuture<List<Entry>> of(
            String connector, Map<String, String> config, Optional<PluginType> type) {
        if (type.filter(PluginType.SINK::equals).isPresent()) {
            return admin.listGroupOffsets(group(connector, config), Optional.empty())
                    .thenApply(ConnectorOffsets::sinkEntries);
        }
        return store.read(connector)
                .thenApply(
                        offsets -> {
                            List<Entry> entries = new ArrayList<>();
                            offsets.forEach(
                                    (partition, offset) ->
                                            entries.add(new Entry(partition, offset)));
                            return entries;
                        });
    }

    private static List<Entry> sinkEntries(Map<TopicPartition, OffsetAndMetadata> offsets) {
        List<Entry> entries = new ArrayList<>();
        new TreeMap<>(offsets)
                .forEach(
                        (partition, offset) ->
                                entries.add(
                                        new Entry(
                                                Map.of(
                                                        TOPIC,
                                                        partition.topic(),
                                                        PARTITION,
                                                        partition.partition()),
                                                Map.of(OFFSET, offset.offset()))));
        return entries;
    }

    /** Blocks; returns a sentence on what was done. */
    String alter(
            String connector,
            Map<String, String> config,
            Optional<PluginType> type,
            @Nullable List<Entry> changes) {
        PluginClass plugin = plugins.connector(secrets.resolve(config));
        boolean handled =
                type.filter(PluginType.SINK::equals).isPresent()
                        ? alterSink(connector, config, plugin, changes)
                        : alterSource(connector, config, plugin, changes);
        String what = changes == null ? "reset" : "altered";
        return handled
                ? "The offsets for this connector have been " + what + " successfully"
                : "The Connect framework-managed offsets for this connector have been "
                        + what
                        + " successfully. However, if this connector manages offsets externally,"
                        + " they will need to be manually "
                        + what
                        + " in the system that the connector uses.";
    }

    private boolean alterSource(
            String connector,
            Map<String, String> config,
            PluginClass plugin,
            @Nullable List<Entry> changes) {
        Map<Map<String, ?>, @Nullable Map<String, ?>> wanted = new HashMap<>();
        if (changes == null) {
            InternalTopics.await("read offsets of " + connector, store.read(connector))
                    .keySet()
                    .forEach(partition -> wanted.put(partition, null));
        } else {
            changes.forEach(change -> wanted.put(change.partition(), change.offset()));
        }
        SourceConnector created = Plugins.create(plugin, SourceConnector.class);
        boolean handled =
                ContextLoader.call(
                        plugin.loader(),
                        () -> created.alterOffsets(secrets.resolve(config), new HashMap<>(wanted)));
        InternalTopics.await("write offsets of " + connector, store.write(connector, wanted));
        return handled;
    }

    private boolean alterSink(
            String connector,
            Map<String, String> config,
            PluginClass plugin,
            @Nullable List<Entry> changes) {
        String group = group(connector, config);
        Map<TopicPartition, @Nullable Long> wanted = new HashMap<>();
        if (changes == null) {
            InternalTopics.await(
                            "read offsets of " + group,
                            admin.listGroupOffsets(group, Optional.empty()))
                    .keySet()
                    .forEach(partition -> wanted.put(partition, null));
        } else {
            changes.forEach(change -> wanted.put(partition(change), offset(change)));
        }
        Map<org.apache.kafka.common.TopicPartition, @Nullable Long> api = new HashMap<>();
        wanted.forEach((partition, offset) -> api.put(Partitions.api(partition), offset));
        SinkConnector created = Plugins.create(plugin, SinkConnector.class);
        boolean handled =
                ContextLoader.call(
                        plugin.loader(), () -> created.alterOffsets(secrets.resolve(config), api));
        Map<TopicPartition, OffsetAndMetadata> set = new HashMap<>();
        Set<TopicPartition> removed = new HashSet<>();
        wanted.forEach(
                (partition, offset) -> {
                    if (offset == null) {
                        removed.add(partition);
                    } else {
                        set.put(partition, new OffsetAndMetadata(offset));
                    }
                });
        if (!set.isEmpty()) {
            InternalTopics.await("set offsets of " + group, admin.alterGroupOffsets(group, set));
        }
        if (!removed.isEmpty()) {
            InternalTopics.await(
                    "remove offsets of " + group, admin.deleteGroupOffsets(group, removed));
        }
        return handled;
    }

    private static TopicPartition partition(Entry change) {
        Object topic = change.partition().get(TOPIC);
        Object partition = change.partition().get(PARTITION);
        try {
            return new TopicPartition(
                    String.valueOf(topic), Integer.parseInt(String.valueOf(partition)));
        } catch (IllegalArgumentException e) {
            throw new RequestRefused(
                    Kind.BAD_REQUEST,
                    "partition "
                            + change.partition()
                            + " is not {\"kafka_topic\":\"name\",\"kafka_partition\":0}");
        }
    }

    private static @Nullable Long offset(Entry change) {
        Map<String, Object> offset = change.offset();
        if (offset == null) {
            return null;
        }
        try {
            return Long.valueOf(String.valueOf(offset.get(OFFSET)));
        } catch (NumberFormatException e) {
            throw new RequestRefused(
                    Kind.BAD_REQUEST, "offset " + offset + " is not {\"kafka_offset\":0}");
        }
    }
}
