package io.millrace.connect.worker;

import io.millrace.connect.plugin.ContextLoader;
import io.millrace.connect.plugin.PluginClass;
import io.millrace.connect.plugin.PluginType;
import io.millrace.connect.plugin.Plugins;
import io.millrace.connect.plugin.VersionRange;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.utils.Utils;

/**
 * Replaces {@code ${provider:path:key}} in configs when connectors and tasks start. What is stored
 * and shown keeps the reference. Providers exist only if the worker's config names them.
 */
final class Secrets implements AutoCloseable {
    private final Map<String, ConfigProvider> providers = new TreeMap<>();
    private final ConfigTransformer transformer;

    Secrets(Plugins plugins, Map<String, WorkerConfig.PluginSettings> configured) {
        configured.forEach(
                (name, settings) -> {
                    PluginClass plugin =
                            plugins.find(
                                    List.of(PluginType.CONFIGPROVIDER),
                                    settings.className(),
                                    VersionRange.any(),
                                    null);
                    ConfigProvider provider = Plugins.create(plugin, ConfigProvider.class);
                    ContextLoader.run(
                            plugin.loader(), () -> provider.configure(settings.settings()));
                    providers.put(name, provider);
                });
        this.transformer = new ConfigTransformer(providers);
    }

    /** The config with every known reference replaced. */
    Map<String, String> resolve(Map<String, String> config) {
        return providers.isEmpty()
                ? new TreeMap<>(config)
                : new TreeMap<>(transformer.transform(config).data());
    }

    /**
     * A task config for storing: values that the connector copied from its resolved config become
     * references again.
     */
    static Map<String, String> conceal(
            Map<String, String> task, Map<String, String> raw, Map<String, String> resolved) {
        Map<String, String> concealed = new TreeMap<>(task);
        raw.forEach(
                (key, reference) -> {
                    String secret = resolved.get(key);
                    if (!reference.equals(secret) && secret != null) {
                        concealed.replace(key, secret, reference);
                    }
                });
        return concealed;
    }

    @Override
    public void close() {
        providers.values().forEach(provider -> Utils.closeQuietly(provider, "config provider"));
    }
}
