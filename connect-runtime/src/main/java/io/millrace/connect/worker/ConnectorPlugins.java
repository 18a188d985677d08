package io.millrace.connect.worker;

import io.millrace.connect.plugin.ContextLoader;
import io.millrace.connect.plugin.PluginClass;
import io.millrace.connect.plugin.PluginLocation;
import io.millrace.connect.plugin.PluginType;
import io.millrace.connect.plugin.Plugins;
import io.millrace.connect.plugin.VersionRange;
import io.millrace.connect.task.Converters;
import io.millrace.connect.task.TransformChain;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.ConverterType;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Creates the plugins that a connector's config names: connector, converters, transforms,
 * predicates.
 */
final class ConnectorPlugins {
    private final Plugins plugins;
    private final WorkerConfig worker;

    ConnectorPlugins(Plugins plugins, WorkerConfig worker) {
        this.plugins = plugins;
        this.worker = worker;
    }

    PluginClass connector(Map<String, String> config) {
        String name = config.get("connector.class");
        if (name == null || name.isBlank()) {
            throw new ConfigException("connector.class is missing: which connector should run?");
        }
        return plugins.findConnector(name.strip(), range(config.get("connector.plugin.version")));
    }

    /** A class that belongs to the connector, for example its task. */
    static <T> T create(PluginClass connector, Class<?> klass, Class<T> as) {
        return Plugins.create(
                new PluginClass(connector.type(), klass, connector.version(), connector.location()),
                as);
    }

    Converters converters(Map<String, String> config, PluginLocation own) {
        PluginClass key = converterClass("key.converter", config, own);
        PluginClass value = converterClass("value.converter", config, own);
        PluginClass headers = headerConverterClass(config, own);
        return new Converters(
                converter(key, "key.converter", config, worker.keyConverter(), true),
                key.loader(),
                converter(value, "value.converter", config, worker.valueConverter(), false),
                value.loader(),
                headerConverter(headers, config),
                headers.loader());
    }

    PluginClass converterClass(String key, Map<String, String> config, PluginLocation own) {
        WorkerConfig.PluginSettings fallback =
                key.startsWith("key") ? worker.keyConverter() : worker.valueConverter();
        return find(key, fallback.className(), PluginType.CONVERTER, config, own);
    }

    PluginClass headerConverterClass(Map<String, String> config, PluginLocation own) {
        return find(
                "header.converter",
                worker.headerConverter().className(),
                PluginType.HEADER_CONVERTER,
                config,
                own);
    }

    private PluginClass find(
            String key,
            String fallback,
            PluginType type,
            Map<String, String> config,
            @Nullable PluginLocation own) {
        String given = config.get(key);
        String name = given == null || given.isBlank() ? fallback : given.strip();
        return plugins.find(
                List.of(type),
                name,
                range(config.get(key + ".plugin.version")),
                given == null ? null : own);
    }

    private static Converter converter(
            PluginClass plugin,
            String key,
            Map<String, String> config,
            WorkerConfig.PluginSettings fallback,
            boolean isKey) {
        Map<String, String> settings = settings(key, config, fallback);
        settings.put("converter.type", (isKey ? ConverterType.KEY : ConverterType.VALUE).getName());
        Converter converter = Plugins.create(plugin, Converter.class);
        ContextLoader.run(plugin.loader(), () -> converter.configure(settings, isKey));
        return converter;
    }

    private HeaderConverter headerConverter(PluginClass plugin, Map<String, String> config) {
        Map<String, String> settings =
                settings("header.converter", config, worker.headerConverter());
        settings.put("converter.type", ConverterType.HEADER.getName());
        HeaderConverter converter = Plugins.create(plugin, HeaderConverter.class);
        ContextLoader.run(plugin.loader(), () -> converter.configure(settings));
        return converter;
    }

    /** A connector that names its own converter takes none of the worker's settings for it. */
    private static Map<String, String> settings(
            String key, Map<String, String> config, WorkerConfig.PluginSettings fallback) {
        String given = config.get(key);
        if (given == null || given.isBlank()) {
            return new TreeMap<>(fallback.settings());
        }
        return withPrefix(config, key + ".");
    }

    <R extends ConnectRecord<R>> TransformChain<R> transforms(
            Map<String, String> config, PluginLocation own) {
        List<TransformChain.Link<R>> links = new ArrayList<>();
        for (String name : names(config.get("transforms"))) {
            links.add(link(name, config, own));
        }
        return new TransformChain<>(links);
    }

    @SuppressWarnings("unchecked")
    private <R extends ConnectRecord<R>> TransformChain.Link<R> link(
            String name, Map<String, String> config, PluginLocation own) {
        String prefix = "transforms." + name + ".";
        PluginClass plugin = transformClass(prefix, PluginType.TRANSFORMATION, config, own);
        Map<String, String> settings = withPrefix(config, prefix);
        settings.keySet().removeAll(List.of("type", "predicate", "negate", "plugin.version"));
        Transformation<R> transform = Plugins.create(plugin, Transformation.class);
        ContextLoader.run(plugin.loader(), () -> transform.configure(settings));
        String predicateName = config.get(prefix + "predicate");
        if (predicateName == null || predicateName.isBlank()) {
            return new TransformChain.Link<>(transform, plugin.loader(), null, null, false);
        }
        String predicatePrefix = "predicates." + predicateName.strip() + ".";
        PluginClass predicatePlugin =
                transformClass(predicatePrefix, PluginType.PREDICATE, config, own);
        Map<String, String> predicateSettings = withPrefix(config, predicatePrefix);
        predicateSettings.keySet().removeAll(List.of("type", "plugin.version"));
        Predicate<R> predicate = Plugins.create(predicatePlugin, Predicate.class);
        ContextLoader.run(predicatePlugin.loader(), () -> predicate.configure(predicateSettings));
        boolean negate = Boolean.parseBoolean(config.getOrDefault(prefix + "negate", "false"));
        return new TransformChain.Link<>(
                transform, plugin.loader(), predicate, predicatePlugin.loader(), negate);
    }

    PluginClass transformClass(
            String prefix, PluginType type, Map<String, String> config, PluginLocation own) {
        String name = config.get(prefix + "type");
        if (name == null || name.isBlank()) {
            throw new ConfigException(prefix + "type is missing: the class of the " + type.noun());
        }
        return plugins.find(
                List.of(type), name.strip(), range(config.get(prefix + "plugin.version")), own);
    }

    static VersionRange range(@Nullable String text) {
        try {
            return VersionRange.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(e.getMessage());
        }
    }

    static List<String> names(@Nullable String list) {
        if (list == null) {
            return List.of();
        }
        return java.util.Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    static Map<String, String> withPrefix(Map<String, String> config, String prefix) {
        Map<String, String> found = new TreeMap<>();
        config.forEach(
                (key, value) -> {
                    if (key.startsWith(prefix)) {
                        found.put(key.substring(prefix.length()), value);
                    }
                });
        return found;
    }
}
