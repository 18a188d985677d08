package io.millrace.connect.worker;

import io.millrace.base.time.Clock;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.producer.Producer;
import io.millrace.connect.kafka.KafkaClients;
import io.millrace.connect.plugin.ContextLoader;
import io.millrace.connect.plugin.PluginClass;
import io.millrace.connect.store.ConnectorEntry;
import io.millrace.connect.store.TaskId;
import io.millrace.connect.task.Converters;
import io.millrace.connect.task.DeadLetters;
import io.millrace.connect.task.ErrorPolicy;
import io.millrace.connect.task.OffsetStore;
import io.millrace.connect.task.SinkParts;
import io.millrace.connect.task.SinkTaskRunner;
import io.millrace.connect.task.SourceParts;
import io.millrace.connect.task.SourceTaskRunner;
import io.millrace.connect.task.TaskListener;
import io.millrace.connect.task.TaskRunner;
import io.millrace.connect.task.TopicCreation;
import io.millrace.connect.task.TransformChain;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/** Builds a task with everything it needs. May block: plugins are created and clients connect. */
final class TaskFactory {
    private final WorkerConfig worker;
    private final ConnectorPlugins plugins;
    private final Secrets secrets;
    private final KafkaClients clients;
    private final Admin admin;
    private final OffsetStore offsets;
    private final PluginMetricsSource metrics;
    private final Clock clock;

    TaskFactory(
            WorkerConfig worker,
            ConnectorPlugins plugins,
            Secrets secrets,
            KafkaClients clients,
            Admin admin,
            OffsetStore offsets,
            PluginMetricsSource metrics,
            Clock clock) {
        this.worker = worker;
        this.plugins = plugins;
        this.secrets = secrets;
        this.clients = clients;
        this.admin = admin;
        this.offsets = offsets;
        this.metrics = metrics;
        this.clock = clock;
    }

    /** The task, ready to start. */
    TaskRunner create(ConnectorEntry entry, TaskId id, TaskListener listener) {
        Map<String, String> config = secrets.resolve(entry.config());
        Map<String, String> task =
                new TreeMap<>(secrets.resolve(entry.taskConfigs().get(id.task())));
        PluginClass connector = plugins.connector(config);
        Object created = createTask(connector, task);
        PluginMetricsSource.Handle handle =
                metrics.of(
                        Map.of("connector", id.connector(), "task", Integer.toString(id.task())));
        if (created instanceof SourceTask source) {
            SourceParts parts = sourceParts(id, source, connector, config, task, handle);
            return new SourceTaskRunner(id, parts, listener, clock, entry.target());
        }
        SinkParts parts = sinkParts(id, (SinkTask) created, connector, config, task, handle);
        return new SinkTaskRunner(id, parts, listener, clock, entry.target());
    }

    private static Object createTask(PluginClass connector, Map<String, String> task) {
        String className = task.get("task.class");
        if (className == null) {
            throw new ConfigException("task.class is missing in the task's stored config");
        }
        try {
            Class<?> klass =
                    ContextLoader.call(
                            connector.loader(),
                            () -> Class.forName(className, true, connector.loader()));
            Object created = ConnectorPlugins.create(connector, klass, Object.class);
            if (created instanceof SourceTask || created instanceof SinkTask) {
                return created;
            }
            throw new ConfigException(className + " is neither a source nor a sink task");
        } catch (ClassNotFoundException e) {
            throw new ConfigException(
                    "task class " + className + " is not in " + connector.location().path());
        }
    }

    private SourceParts sourceParts(
            TaskId id,
            SourceTask task,
            PluginClass connector,
            Map<String, String> config,
            Map<String, String> taskConfig,
            PluginMetricsSource.Handle handle) {
        Converters converters = plugins.converters(config, connector.location());
        TransformChain<SourceRecord> transforms = plugins.transforms(config, connector.location());
        ErrorPolicy errors = ErrorPolicy.of(parsed(ConnectorDefs.source(), config));
        TopicCreation creation =
                worker.topicCreation() && TopicCreation.wanted(config)
                        ? TopicCreation.of(config, admin)
                        : null;
        Producer<byte[], byte[]> producer =
                clients.producer("connector-producer-" + id, overrides("producer", config));
        return new SourceParts(
                task,
                connector.loader(),
                taskConfig,
                transforms,
                converters,
                errors,
                producer,
                creation,
                offsets,
                new SourceParts.OffsetTiming(
                        worker.offsetFlushIntervalMs(), worker.offsetFlushTimeoutMs()),
                handle.metrics(),
                handle);
    }

    private SinkParts sinkParts(
            TaskId id,
            SinkTask task,
            PluginClass connector,
            Map<String, String> config,
            Map<String, String> taskConfig,
            PluginMetricsSource.Handle handle) {
        Map<String, Object> parsed = parsed(ConnectorDefs.sink(), config);
        Converters converters = plugins.converters(config, connector.location());
        TransformChain<SinkRecord> transforms = plugins.transforms(config, connector.location());
        String letterTopic = String.valueOf(parsed.get("errors.deadletterqueue.topic.name"));
        boolean logs = Boolean.TRUE.equals(parsed.get("errors.log.enable"));
        DeadLetters letters =
                letterTopic.isBlank() ? null : letters(id, letterTopic, config, parsed);
        Map<String, String> settings = new TreeMap<>();
        settings.put("group.id", "connect-" + id.connector());
        settings.putAll(overrides("consumer", config));
        Consumer<byte[], byte[]> consumer = clients.consumer("connector-consumer-" + id, settings);
        List<String> topics = ConnectorPlugins.names(config.get("topics"));
        return new SinkParts(
                task,
                connector.loader(),
                taskConfig,
                topics,
                topics.isEmpty() ? pattern(config) : null,
                transforms,
                converters,
                ErrorPolicy.of(parsed),
                consumer,
                letters,
                letters != null || logs,
                worker.offsetFlushIntervalMs(),
                handle.metrics(),
                handle);
    }

    private DeadLetters letters(
            TaskId id, String topic, Map<String, String> config, Map<String, Object> parsed) {
        Number replicas = (Number) parsed.get("errors.deadletterqueue.topic.replication.factor");
        DeadLetters.ensureTopic(admin, topic, replicas == null ? -1 : replicas.intValue());
        Producer<byte[], byte[]> producer =
                clients.producer("connector-dlq-producer-" + id, overrides("producer", config));
        return new DeadLetters(
                id,
                topic,
                Boolean.TRUE.equals(parsed.get("errors.deadletterqueue.context.headers.enable")),
                producer);
    }

    private static Pattern pattern(Map<String, String> config) {
        String regex = config.get("topics.regex");
        if (regex == null || regex.isBlank()) {
            throw new ConfigException("topics or topics.regex is missing: what should be read?");
        }
        return Pattern.compile(regex);
    }

    private Map<String, String> overrides(String client, Map<String, String> config) {
        Map<String, String> wanted = OverridePolicy.overrides(client, config);
        wanted.keySet()
                .forEach(
                        key -> {
                            if (!worker.overridePolicy().allows(key)) {
                                throw new ConfigException(
                                        client
                                                + ".override."
                                                + key
                                                + " is not allowed by this worker's"
                                                + " connector.client.config.override.policy");
                            }
                        });
        return wanted;
    }

    private static Map<String, Object> parsed(ConfigDef def, Map<String, String> config) {
        return def.parse(config);
    }
}
