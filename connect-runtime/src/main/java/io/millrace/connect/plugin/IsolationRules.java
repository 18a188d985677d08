package io.millrace.connect.plugin;

import java.util.List;

/**
 * Decides per class name who defines a class that a plugin asks for: the plugin's own jars first,
 * or the worker. The answers are those of Apache Kafka Connect, since plugins are packaged for
 * them: the JDK, slf4j and Kafka's API come from the worker; shipped transforms, converters,
 * policies and config providers come from the plugin if it bundles them, because they are plugins
 * themselves.
 */
final class IsolationRules {
    private static final List<String> JDK =
            List.of(
                    "java.",
                    "javax.",
                    "jdk.",
                    "sun.",
                    "com.sun.",
                    "org.omg.",
                    "org.w3c.dom.",
                    "org.xml.sax.",
                    "org.ietf.jgss.");
    private static final String KAFKA = "org.apache.kafka.";
    private static final String CONNECT = "org.apache.kafka.connect.";

    private static final List<String> CHILD_FIRST_PACKAGES =
            List.of("json.", "file.", "mirror.", "mirror-client.", "converters.");
    private static final List<String> CHILD_FIRST_CLASSES =
            List.of(
                    "storage.StringConverter",
                    "storage.SimpleHeaderConverter",
                    "rest.basic.auth.extension.BasicAuthSecurityRestExtension");

    /** Packages of ours that a plugin may see at all. */
    private static final List<String> API =
            List.of(
                    KAFKA,
                    "org.slf4j.",
                    "jakarta.ws.rs.",
                    "com.fasterxml.jackson.core.",
                    "com.fasterxml.jackson.databind.",
                    "com.fasterxml.jackson.annotation.",
                    "com.fasterxml.jackson.datatype.");

    private IsolationRules() {}

    /** Whether the plugin's own jars are asked before the worker's. */
    static boolean childFirst(String className) {
        if (startsWithAny(className, JDK) || className.startsWith("org.slf4j.")) {
            return false;
        }
        return !className.startsWith(KAFKA) || shippedAsPlugin(className);
    }

    /** Whether a plugin may get the class from the worker. */
    static boolean visibleToPlugins(String className) {
        return startsWithAny(className, API);
    }

    /** The same for resources; services count by the package of the service. */
    static boolean resourceVisibleToPlugins(String path) {
        String name = path.startsWith("/") ? path.substring(1) : path;
        String services = "META-INF/services/";
        if (name.startsWith(services)) {
            return visibleToPlugins(name.substring(services.length()));
        }
        return name.startsWith("kafka/") || visibleToPlugins(name.replace('/', '.'));
    }

    private static boolean shippedAsPlugin(String name) {
        if (name.startsWith(KAFKA + "common.config.provider.")) {
            return !name.equals(KAFKA + "common.config.provider.ConfigProvider");
        }
        if (!name.startsWith(CONNECT)) {
            return false;
        }
        String rest = name.substring(CONNECT.length());
        if (rest.startsWith("transforms.")) {
            return !rest.startsWith("transforms.Transformation")
                    && !rest.equals("transforms.predicates.Predicate");
        }
        if (rest.startsWith("connector.policy.")) {
            String simple = rest.substring("connector.policy.".length());
            return !simple.equals("ConnectorClientConfigOverridePolicy")
                    && !simple.equals("ConnectorClientConfigRequest")
                    && !simple.equals("ConnectorClientConfigRequest$ClientType");
        }
        return startsWithAny(rest, CHILD_FIRST_PACKAGES) || CHILD_FIRST_CLASSES.contains(rest);
    }

    private static boolean startsWithAny(String name, List<String> prefixes) {
        for (String prefix : prefixes) {
            if (name.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
