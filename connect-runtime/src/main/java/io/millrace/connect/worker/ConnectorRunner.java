package io.millrace.connect.worker;

import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.Clock;
import io.millrace.connect.plugin.ContextLoader;
import io.millrace.connect.plugin.PluginClass;
import io.millrace.connect.plugin.Plugins;
import io.millrace.connect.task.OffsetReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.connector.Connector;
import org.apache.kafka.connect.connector.ConnectorContext;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkConnectorContext;
import org.apache.kafka.connect.source.SourceConnectorContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connector object on a loop of its own, which alone calls it: its methods may block. Started
 * once; a restart makes a new runner.
 */
final class ConnectorRunner {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConnectorRunner.class);

    /** Told by the connector, from any thread. */
    interface Events {
        void onReconfigure(ConnectorRunner runner);

        void onError(ConnectorRunner runner, Exception error);
    }

    private final String name;
    private final PluginClass plugin;
    private final Map<String, String> raw;
    private final Map<String, String> config;
    private final OffsetReader offsets;
    private final PluginMetrics metrics;
    private final Events events;
    private final ThreadedEventLoop loop;
    private @Nullable Connector connector;

    /**
     * @param raw config as stored
     * @param config with secrets resolved
     */
    ConnectorRunner(
            String name,
            PluginClass plugin,
            Map<String, String> raw,
            Map<String, String> config,
            OffsetReader offsets,
            PluginMetrics metrics,
            Events events,
            Clock clock) {
        this.name = name;
        this.plugin = plugin;
        this.raw = raw;
        this.config = config;
        this.offsets = offsets;
        this.metrics = metrics;
        this.events = events;
        this.loop =
                ThreadedEventLoop.start(
                        "connector-" + name,
                        clock,
                        (failed, cause) ->
                                LOGGER.atError()
                                        .addKeyValue("connector", name)
                                        .log("connector loop ended"));
    }

    String name() {
        return name;
    }

    PluginClass plugin() {
        return plugin;
    }

    CompletableFuture<Void> start() {
        return run(
                () -> {
                    Connector created = Plugins.create(plugin, Connector.class);
                    connector = created;
                    created.initialize(
                            created instanceof SinkConnector ? new SinkSide() : new SourceSide());
                    created.start(config);
                });
    }

    /** Configs of the connector's tasks, as they are to be stored. */
    CompletableFuture<List<Map<String, String>>> taskConfigs() {
        return call(
                () -> {
                    Connector running = connector;
                    if (running == null) {
                        throw new IllegalStateException(name + " has not started");
                    }
                    int max = Integer.parseInt(config.getOrDefault("tasks.max", "1").strip());
                    List<Map<String, String>> configs = running.taskConfigs(max);
                    checkCount(configs.size(), max);
                    List<Map<String, String>> stored = new ArrayList<>();
                    for (Map<String, String> task : configs) {
                        Map<String, String> full = new TreeMap<>();
                        task.forEach(
                                (key, value) -> {
                                    if (value != null) {
                                        full.put(key, value);
                                    }
                                });
                        full.put("task.class", running.taskClass().getName());
                        for (String topics : List.of("topics", "topics.regex")) {
                            if (running instanceof SinkConnector && config.containsKey(topics)) {
                                full.put(topics, config.get(topics));
                            }
                        }
                        stored.add(Secrets.conceal(full, raw, config));
                    }
                    return stored;
                });
    }

    private void checkCount(int count, int max) {
        boolean enforce =
                Boolean.parseBoolean(config.getOrDefault("tasks.max.enforce", "true").strip());
        if (count > max && enforce) {
            throw new ConnectException(
                    name
                            + " generated "
                            + count
                            + " task configs but tasks.max is "
                            + max
                            + "; raise it, or set tasks.max.enforce=false");
        }
    }

    /** Stops the connector after what it is doing, and ends its loop. */
    CompletableFuture<Void> stop() {
        CompletableFuture<Void> stopped =
                run(
                        () -> {
                            Connector running = connector;
                            connector = null;
                            if (running != null) {
                                running.stop();
                            }
                        });
        return stopped.whenComplete((done, error) -> loop.close());
    }

    private <T> CompletableFuture<T> call(ContextLoader.Call<T, Exception> body) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.post(
                () -> {
                    try {
                        result.complete(ContextLoader.call(plugin.loader(), body));
                    } catch (Exception | LinkageError e) {
                        result.completeExceptionally(e);
                    }
                });
        return result;
    }

    private CompletableFuture<Void> run(ContextLoader.Action<Exception> body) {
        return call(() -> {
                    body.run();
                    return Boolean.TRUE;
                })
                .thenAccept(done -> LOGGER.atTrace().addKeyValue("connector", name).log("called"));
    }

    private class Side implements ConnectorContext {
        @Override
        public void requestTaskReconfiguration() {
            events.onReconfigure(ConnectorRunner.this);
        }

        @Override
        public void raiseError(Exception error) {
            events.onError(ConnectorRunner.this, error);
        }

        @Override
        public PluginMetrics pluginMetrics() {
            return metrics;
        }
    }

    private final class SinkSide extends Side implements SinkConnectorContext {}

    private final class SourceSide extends Side implements SourceConnectorContext {
        @Override
        public OffsetStorageReader offsetStorageReader() {
            return offsets;
        }
    }
}
