package io.millrace.connect.worker;

import io.millrace.base.config.NearestName;
import io.millrace.connect.plugin.ContextLoader;
import io.millrace.connect.plugin.PluginClass;
import io.millrace.connect.plugin.PluginType;
import io.millrace.connect.plugin.Plugins;
import io.millrace.connect.task.RootCause;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Connector;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks a connector's config before it is stored: the settings all connectors have, those of its
 * converters, transforms and predicates, and what the connector itself says. Runs plugin code, so
 * it belongs on a builder loop.
 */
final class ConfigCheck {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConfigCheck.class);

    private final Plugins plugins;
    private final ConnectorPlugins connectorPlugins;
    private final Secrets secrets;
    private final WorkerConfig worker;

    ConfigCheck(
            Plugins plugins,
            ConnectorPlugins connectorPlugins,
            Secrets secrets,
            WorkerConfig worker) {
        this.plugins = plugins;
        this.connectorPlugins = connectorPlugins;
        this.secrets = secrets;
        this.worker = worker;
    }

    /**
     * @throws RequestRefused when there is no such connector
     */
    ConfigReport check(Map<String, String> raw) {
        Map<String, String> config = secrets.resolve(raw);
        PluginClass plugin;
        try {
            plugin = connectorPlugins.connector(config);
        } catch (ConfigException e) {
            throw new RequestRefused(RequestRefused.Kind.BAD_REQUEST, e.getMessage());
        }
        Connector connector = Plugins.create(plugin, Connector.class);
        boolean sink = connector instanceof SinkConnector;
        ConfigDef common = sink ? ConnectorDefs.sink() : ConnectorDefs.source();
        addStages(common, "transforms", PluginType.TRANSFORMATION, config, plugin);
        addStages(common, "predicates", PluginType.PREDICATE, config, plugin);
        Map<String, ConfigReport.Finding> findings = new LinkedHashMap<>();
        Map<String, ConfigValue> values = common.validateAll(config);
        common.configKeys()
                .forEach(
                        (name, key) ->
                                findings.put(
                                        name, new ConfigReport.Finding(key, found(values, name))));
        checkClasses(config, plugin, sink, findings);
        checkOverrides(config, findings);
        addOwn(connector, plugin, config, findings);
        conceal(raw, config, findings);
        Set<String> groups = new LinkedHashSet<>();
        findings.values()
                .forEach(
                        found -> {
                            if (found.key().group != null) {
                                groups.add(found.key().group);
                            }
                        });
        warnUnknown(raw, findings);
        return new ConfigReport(plugin.className(), groups, findings);
    }

    private static ConfigValue found(Map<String, ConfigValue> values, String name) {
        ConfigValue value = values.get(name);
        return value == null ? new ConfigValue(name) : value;
    }

    /** ConfigDef of a plugin as the REST API shows it. */
    ConfigDef definition(PluginClass plugin) {
        Object created = Plugins.create(plugin, Object.class);
        return ContextLoader.call(plugin.loader(), () -> definitionOf(created));
    }

    private static ConfigDef definitionOf(Object plugin) {
        if (plugin instanceof org.apache.kafka.connect.components.ConnectPlugin configured) {
            ConfigDef def = configured.config();
            return def == null ? new ConfigDef() : def;
        }
        return new ConfigDef();
    }

    private void addOwn(
            Connector connector,
            PluginClass plugin,
            Map<String, String> config,
            Map<String, ConfigReport.Finding> findings) {
        ContextLoader.run(
                plugin.loader(),
                () -> {
                    ConfigDef own = connector.config();
                    if (own == null) {
                        throw new RequestRefused(
                                RequestRefused.Kind.BAD_REQUEST,
                                plugin.className() + ".config() returned nothing");
                    }
                    Config result = connector.validate(config);
                    if (result == null) {
                        throw new RequestRefused(
                                RequestRefused.Kind.BAD_REQUEST,
                                plugin.className() + ".validate() returned nothing");
                    }
                    for (ConfigValue value : result.configValues()) {
                        ConfigDef.ConfigKey key = own.configKeys().get(value.name());
                        ConfigReport.Finding before = findings.get(value.name());
                        if (before != null) {
                            value.errorMessages().forEach(before.value()::addErrorMessage);
                        } else if (key != null || !value.errorMessages().isEmpty()) {
                            findings.put(
                                    value.name(),
                                    new ConfigReport.Finding(
                                            key == null ? unknownKey(value.name()) : key, value));
                        }
                    }
                });
    }

    private static ConfigDef.ConfigKey unknownKey(String name) {
        return new ConfigDef()
                .define(name, ConfigDef.Type.STRING, null, ConfigDef.Importance.LOW, "")
                .configKeys()
                .values()
                .iterator()
                .next();
    }

    private void checkClasses(
            Map<String, String> config,
            PluginClass connector,
            boolean sink,
            Map<String, ConfigReport.Finding> findings) {
        tryPlugin(
                findings,
                "key.converter",
                () ->
                        connectorPlugins.converterClass(
                                "key.converter", config, connector.location()));
        tryPlugin(
                findings,
                "value.converter",
                () ->
                        connectorPlugins.converterClass(
                                "value.converter", config, connector.location()));
        tryPlugin(
                findings,
                "header.converter",
                () -> connectorPlugins.headerConverterClass(config, connector.location()));
        if (findings.values().stream().allMatch(found -> found.value().errorMessages().isEmpty())) {
            tryPlugin(
                    findings,
                    "value.converter",
                    () -> {
                        connectorPlugins.converters(config, connector.location()).close();
                        return connector;
                    });
        }
        if (sink) {
            checkTopics(config, findings);
        } else if ("required".equals(config.get("exactly.once.support"))) {
            error(
                    findings,
                    "exactly.once.support",
                    "exactly.once.support=required, but this worker delivers at least once; set it"
                            + " to requested");
        }
    }

    private static void checkTopics(
            Map<String, String> config, Map<String, ConfigReport.Finding> findings) {
        boolean topics = !ConnectorPlugins.names(config.get("topics")).isEmpty();
        String regex = config.getOrDefault("topics.regex", "").strip();
        if (topics == !regex.isEmpty()) {
            error(
                    findings,
                    "topics",
                    topics
                            ? "topics and topics.regex are both given; keep one"
                            : "topics or topics.regex is missing: what should be read?");
        }
        String letters = config.getOrDefault("errors.deadletterqueue.topic.name", "").strip();
        if (!letters.isEmpty()) {
            boolean reads =
                    ConnectorPlugins.names(config.get("topics")).contains(letters)
                            || !regex.isEmpty() && letters.matches(regex);
            if (reads) {
                error(
                        findings,
                        "errors.deadletterqueue.topic.name",
                        "dead letters would go to " + letters + ", which this connector reads");
            }
        }
    }

    private void checkOverrides(
            Map<String, String> config, Map<String, ConfigReport.Finding> findings) {
        for (String client : List.of("producer", "consumer", "admin")) {
            for (String key : OverridePolicy.overrides(client, config).keySet()) {
                if (!worker.overridePolicy().allows(key)) {
                    String name = client + ".override." + key;
                    ConfigValue value = new ConfigValue(name);
                    value.addErrorMessage(
                            name
                                    + " is not allowed by connector.client.config.override.policy"
                                    + " of this worker");
                    findings.put(name, new ConfigReport.Finding(unknownKey(name), value));
                }
            }
        }
    }

    /**
     * Adds type, predicate and the plugin's own settings for every named transform or predicate.
     */
    private void addStages(
            ConfigDef def,
            String kind,
            PluginType type,
            Map<String, String> config,
            PluginClass connector) {
        for (String name : new LinkedHashSet<>(ConnectorPlugins.names(config.get(kind)))) {
            String prefix = kind + "." + name + ".";
            String group =
                    (type == PluginType.TRANSFORMATION ? "Transforms: " : "Predicates: ") + name;
            @Nullable String problem = null;
            ConfigDef own = new ConfigDef();
            try {
                PluginClass plugin =
                        connectorPlugins.transformClass(prefix, type, config, connector.location());
                own = stageDefinition(plugin);
            } catch (ConfigException e) {
                problem = e.getMessage();
            }
            String why = problem == null ? "" : problem;
            def.define(
                    prefix + "type",
                    ConfigDef.Type.STRING,
                    ConfigDef.NO_DEFAULT_VALUE,
                    (key, value) -> {
                        if (!why.isEmpty()) {
                            throw new ConfigException(why);
                        }
                    },
                    ConfigDef.Importance.HIGH,
                    "Class of the " + type.noun(),
                    group,
                    0,
                    ConfigDef.Width.LONG,
                    prefix + "type");
            if (type == PluginType.TRANSFORMATION) {
                addPredicateKeys(def, prefix, group, config);
            }
            def.embed(prefix, group, def.configKeys().size(), own);
        }
    }

    private static void addPredicateKeys(
            ConfigDef def, String prefix, String group, Map<String, String> config) {
        List<String> predicates = ConnectorPlugins.names(config.get("predicates"));
        def.define(
                prefix + "predicate",
                ConfigDef.Type.STRING,
                null,
                (key, value) -> {
                    if (value != null && !predicates.contains(value.toString())) {
                        throw new ConfigException(
                                key
                                        + "="
                                        + value
                                        + " is not in predicates="
                                        + predicates
                                        + NearestName.suggestion(value.toString(), predicates));
                    }
                },
                ConfigDef.Importance.MEDIUM,
                "Predicate that says where the transform applies",
                group,
                1,
                ConfigDef.Width.LONG,
                prefix + "predicate");
        def.define(
                prefix + "negate",
                ConfigDef.Type.BOOLEAN,
                false,
                ConfigDef.Importance.MEDIUM,
                "Apply where the predicate does not hold");
    }

    private static ConfigDef stageDefinition(PluginClass plugin) {
        Object created = Plugins.create(plugin, Object.class);
        return ContextLoader.call(
                plugin.loader(),
                () -> {
                    if (created instanceof Transformation<?> transform) {
                        ConfigDef def = transform.config();
                        return def == null ? new ConfigDef() : def;
                    }
                    ConfigDef def = ((Predicate<?>) created).config();
                    return def == null ? new ConfigDef() : def;
                });
    }

    private interface Lookup {
        Object run() throws Exception;
    }

    private static void tryPlugin(
            Map<String, ConfigReport.Finding> findings, String key, Lookup lookup) {
        try {
            lookup.run();
        } catch (Exception | LinkageError e) {
            error(findings, key, RootCause.of(e).getMessage());
        }
    }

    private static void error(
            Map<String, ConfigReport.Finding> findings, String key, @Nullable String message) {
        ConfigReport.Finding found = findings.get(key);
        if (found != null) {
            found.value().addErrorMessage(message == null ? "is not usable" : message);
        }
    }

    /** Shows references to secrets, not the secrets. */
    private static void conceal(
            Map<String, String> raw,
            Map<String, String> config,
            Map<String, ConfigReport.Finding> findings) {
        raw.forEach(
                (key, reference) -> {
                    ConfigReport.Finding found = findings.get(key);
                    if (found != null && !reference.equals(config.get(key))) {
                        found.value().value(reference);
                    }
                });
    }

    private static void warnUnknown(
            Map<String, String> raw, Map<String, ConfigReport.Finding> findings) {
        Map<String, String> unknown = new TreeMap<>();
        for (String key : raw.keySet()) {
            boolean open =
                    key.contains(".override.")
                            || key.startsWith("key.converter.")
                            || key.startsWith("value.converter.")
                            || key.startsWith("header.converter.")
                            || key.startsWith("topic.creation.")
                            || key.startsWith("transforms.")
                            || key.startsWith("predicates.");
            if (!open && !findings.containsKey(key)) {
                NearestName.find(key, findings.keySet()).ifPresent(near -> unknown.put(key, near));
            }
        }
        if (!unknown.isEmpty()) {
            LOGGER.atWarn()
                    .addKeyValue("connector", raw.get("name"))
                    .addKeyValue("didYouMean", unknown)
                    .log("config has keys that the connector does not define");
        }
    }

    /** Plugins by type, for listing. */
    List<PluginClass> plugins() {
        return plugins.all();
    }
}
