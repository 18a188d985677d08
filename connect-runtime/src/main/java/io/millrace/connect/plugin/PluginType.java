package io.millrace.connect.plugin;

import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.connect.connector.policy.ConnectorClientConfigOverridePolicy;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

/** Kinds of plugin a worker loads; {@link #id()} is the name that the REST API shows. */
public enum PluginType {
    SOURCE(SourceConnector.class, "Connector"),
    SINK(SinkConnector.class, "Connector"),
    CONVERTER(Converter.class, "Converter"),
    HEADER_CONVERTER(HeaderConverter.class, "HeaderConverter"),
    TRANSFORMATION(Transformation.class, "Transformation"),
    PREDICATE(Predicate.class, "Predicate"),
    CONFIGPROVIDER(ConfigProvider.class, "ConfigProvider"),
    CLIENT_CONFIG_POLICY(
            ConnectorClientConfigOverridePolicy.class, "ConnectorClientConfigOverridePolicy");

    /** What {@code connector.class} may name. */
    public static final List<PluginType> CONNECTORS = List.of(SOURCE, SINK);

    private final Class<?> base;
    private final String suffix;

    PluginType(Class<?> base, String suffix) {
        this.base = base;
        this.suffix = suffix;
    }

    /** The API type that every plugin of this kind extends. */
    public Class<?> base() {
        return base;
    }

    /** Ending that an alias may leave out: {@code JsonConverter} is also {@code Json}. */
    String suffix() {
        return suffix;
    }

    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What users call it in sentences. */
    public String noun() {
        return switch (this) {
            case SOURCE -> "source connector";
            case SINK -> "sink connector";
            case CONVERTER -> "converter";
            case HEADER_CONVERTER -> "header converter";
            case TRANSFORMATION -> "transformation";
            case PREDICATE -> "predicate";
            case CONFIGPROVIDER -> "config provider";
            case CLIENT_CONFIG_POLICY -> "client override policy";
        };
    }
}
