package io.millrace.connect.worker;

import io.millrace.base.config.NearestName;
import io.millrace.base.loop.EventLoopGroup;
import io.millrace.connect.plugin.PluginClass;
import io.millrace.connect.plugin.PluginType;
import io.millrace.connect.plugin.Plugins;
import io.millrace.connect.store.ConfigEvent;
import io.millrace.connect.store.ConnectorEntry;
import io.millrace.connect.store.RunState;
import io.millrace.connect.store.Status;
import io.millrace.connect.store.TargetState;
import io.millrace.connect.store.TaskId;
import io.millrace.connect.task.TaskProgress;
import io.millrace.connect.task.TaskRunner;
import io.millrace.connect.worker.RequestRefused.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * What can be asked of a worker, apart from how: the REST API is one way. Safe from any thread;
 * every future fails with {@link RequestRefused} when the request is at fault.
 */
public final class WorkerApi {
    private final Herder herder;
    private final Plugins plugins;
    private final ConfigCheck check;
    private final EventLoopGroup builders;
    private final WorkerConfig config;
    private final ConnectorOffsets offsets;
    private final String clusterId;

    WorkerApi(
            Herder herder,
            Plugins plugins,
            ConfigCheck check,
            EventLoopGroup builders,
            WorkerConfig config,
            ConnectorOffsets offsets,
            String clusterId) {
        this.herder = herder;
        this.plugins = plugins;
        this.check = check;
        this.builders = builders;
        this.config = config;
        this.offsets = offsets;
        this.clusterId = clusterId;
    }

    /** A connector as stored. */
    public record ConnectorView(
            String name,
            Map<String, String> config,
            List<TaskId> tasks,
            Optional<PluginType> type) {}

    /** A task's state; progress is known for tasks of this worker. */
    public record TaskView(TaskId id, Status status, @Nullable TaskProgress progress) {}

    /** States of a connector and its tasks. */
    public record StatusView(
            String name, Status connector, List<TaskView> tasks, Optional<PluginType> type) {}

    /** Whether a connector was there before. */
    public record Stored(boolean created, ConnectorView connector) {}

    public String clusterId() {
        return clusterId;
    }

    public CompletableFuture<List<String>> connectors() {
        return herder.ask(() -> List.copyOf(herder.configs().connectors()));
    }

    public CompletableFuture<ConnectorView> connector(String name) {
        return herder.ask(() -> view(entry(name)));
    }

    private ConnectorEntry entry(String name) {
        return herder.configs()
                .find(name)
                .orElseThrow(
                        () ->
                                RequestRefused.unknown(
                                        name,
                                        NearestName.find(name, herder.configs().connectors())
                                                .map(List::of)
                                                .orElse(List.of())));
    }

    private ConnectorView view(ConnectorEntry entry) {
        List<TaskId> tasks = new ArrayList<>();
        for (int task = 0; task < entry.taskConfigs().size(); task++) {
            tasks.add(new TaskId(entry.name(), task));
        }
        return new ConnectorView(entry.name(), entry.config(), tasks, type(entry.config()));
    }

    private Optional<PluginType> type(Map<String, String> connectorConfig) {
        String name = connectorConfig.getOrDefault("connector.class", "");
        try {
            return Optional.of(
                    plugins.findConnector(
                                    name,
                                    ConnectorPlugins.range(
                                            connectorConfig.get("connector.plugin.version")))
                            .type());
        } catch (ConfigException unknown) {
            return Optional.empty(); // shown as unknown, as the plugin is not installed here
        }
    }

    public CompletableFuture<StatusView> status(String name) {
        return herder.ask(() -> statusView(entry(name)));
    }

    private StatusView statusView(ConnectorEntry entry) {
        Status unassigned = new Status(RunState.UNASSIGNED, null, "", 0, null);
        List<TaskView> tasks = new ArrayList<>();
        Map<TaskId, Status> known = herder.statuses().tasksOf(entry.name());
        for (int task = 0; task < entry.taskConfigs().size(); task++) {
            TaskId id = new TaskId(entry.name(), task);
            TaskSlot slot = herder.tasks().get(id);
            TaskRunner runner = slot == null ? null : slot.runner;
            tasks.add(
                    new TaskView(
                            id,
                            known.getOrDefault(id, unassigned),
                            runner == null ? null : runner.progress()));
        }
        return new StatusView(
                entry.name(),
                herder.statuses().connector(entry.name()).orElse(unassigned),
                tasks,
                type(entry.config()));
    }

    public CompletableFuture<TaskView> taskStatus(TaskId id) {
        return status(id.connector())
                .thenApply(
                        view ->
                                view.tasks().stream()
                                        .filter(task -> task.id().equals(id))
                                        .findFirst()
                                        .orElseThrow(() -> noTask(id)));
    }

    private static RequestRefused noTask(TaskId id) {
        return new RequestRefused(Kind.NOT_FOUND, "No status found for task " + id);
    }

    public CompletableFuture<List<Map<String, String>>> taskConfigs(String name) {
        return herder.ask(() -> entry(name).taskConfigs());
    }

    /** Stores a new connector; refused when the name is taken. */
    public CompletableFuture<Stored> create(
            String name, Map<String, String> wanted, @Nullable TargetState initial) {
        return put(name, wanted, initial, false);
    }

    /** Stores a connector's config, new or not. */
    public CompletableFuture<Stored> put(String name, Map<String, String> wanted) {
        return put(name, wanted, null, true);
    }

    private CompletableFuture<Stored> put(
            String name,
            Map<String, String> wanted,
            @Nullable TargetState initial,
            boolean replace) {
        Map<String, String> full = new TreeMap<>(wanted);
        full.putIfAbsent("name", name);
        if (!name.equals(full.get("name"))) {
            throw new RequestRefused(
                    Kind.BAD_REQUEST,
                    "Connector name configuration ("
                            + full.get("name")
                            + ") doesn't match connector name in the URL ("
                            + name
                            + ")");
        }
        return herder.ask(() -> herder.configs().find(name).isPresent())
                .thenCompose(
                        exists -> {
                            if (exists && !replace) {
                                throw new RequestRefused(
                                        Kind.CONFLICT, "Connector " + name + " already exists");
                            }
                            return onBuilder(name, () -> checked(full))
                                    .thenCompose(ok -> herder.write(events(name, full, initial)))
                                    .thenCompose(written -> connector(name))
                                    .thenApply(view -> new Stored(!exists, view));
                        });
    }

    private static List<ConfigEvent> events(
            String name, Map<String, String> full, @Nullable TargetState initial) {
        List<ConfigEvent> events = new ArrayList<>();
        if (initial != null) {
            events.add(new ConfigEvent.Target(name, initial));
        }
        events.add(new ConfigEvent.ConnectorConfig(name, full));
        return events;
    }

    private boolean checked(Map<String, String> full) {
        ConfigReport report = check.check(full);
        List<String> errors = report.errors();
        if (!errors.isEmpty()) {
            throw new RequestRefused(
                    Kind.BAD_REQUEST,
                    "Connector configuration is invalid and contains the following "
                            + errors.size()
                            + " error(s):\n"
                            + String.join("\n", errors)
                            + "\n"
                            + "You can also find the above list of errors at the endpoint"
                            + " `/connector-plugins/{connectorType}/config/validate`");
        }
        return true;
    }

    /** Merges changes into a config; null removes a key. */
    public CompletableFuture<Stored> patch(String name, Map<String, @Nullable String> changes) {
        return herder.ask(() -> entry(name).config())
                .thenCompose(
                        before -> {
                            Map<String, String> merged = new TreeMap<>(before);
                            changes.forEach(
                                    (key, value) -> {
                                        if (value == null) {
                                            merged.remove(key);
                                        } else {
                                            merged.put(key, value);
                                        }
                                    });
                            return put(name, merged);
                        });
    }

    public CompletableFuture<Void> delete(String name) {
        return herder.ask(() -> entry(name))
                .thenCompose(
                        found ->
                                herder.write(
                                        List.of(
                                                new ConfigEvent.ConnectorConfig(name, null),
                                                new ConfigEvent.Target(name, null))));
    }

    public CompletableFuture<Void> target(String name, TargetState state) {
        return herder.ask(() -> entry(name))
                .thenCompose(found -> herder.write(List.of(new ConfigEvent.Target(name, state))));
    }

    /** Asks all workers to restart what they run of the connector. */
    public CompletableFuture<StatusView> restart(
            String name, boolean includeTasks, boolean onlyFailed) {
        return herder.ask(() -> planned(statusView(entry(name)), includeTasks, onlyFailed))
                .thenCompose(
                        plan ->
                                herder.write(
                                                List.of(
                                                        new ConfigEvent.Restart(
                                                                name, onlyFailed, includeTasks)))
                                        .thenApply(written -> plan));
    }

    private static StatusView planned(StatusView now, boolean includeTasks, boolean onlyFailed) {
        List<TaskView> tasks = new ArrayList<>();
        for (TaskView task : now.tasks()) {
            boolean restarts = includeTasks && affected(task.status(), onlyFailed);
            tasks.add(
                    new TaskView(
                            task.id(), restarts ? restarting(task.status()) : task.status(), null));
        }
        Status connector =
                affected(now.connector(), onlyFailed)
                        ? restarting(now.connector())
                        : now.connector();
        return new StatusView(now.name(), connector, tasks, now.type());
    }

    private static boolean affected(Status status, boolean onlyFailed) {
        return !onlyFailed || status.state() == RunState.FAILED;
    }

    private static Status restarting(Status status) {
        return new Status(
                RunState.RESTARTING,
                null,
                status.workerId(),
                status.generation(),
                status.version());
    }

    /**
     * Restarts a task if it is here.
     *
     * @return empty when done, else the worker that runs it
     */
    public CompletableFuture<Optional<String>> restartTask(TaskId id) {
        return herder.ask(
                () -> {
                    ConnectorEntry entry = entry(id.connector());
                    if (id.task() >= entry.taskConfigs().size()) {
                        throw new RequestRefused(Kind.NOT_FOUND, "Task " + id + " not found");
                    }
                    if (herder.restartTask(id)) {
                        return Optional.empty();
                    }
                    String owner = herder.members().ownerOf(id);
                    if (owner.isEmpty() || owner.equals(herder.members().self())) {
                        throw new RequestRefused(
                                Kind.CONFLICT, "Task " + id + " is not running on any worker now");
                    }
                    return Optional.of(owner);
                });
    }

    public CompletableFuture<Set<String>> topics(String name) {
        if (!config.topicTracking()) {
            throw new RequestRefused(
                    Kind.FORBIDDEN, "Topic tracking is disabled (topic.tracking.enable=false).");
        }
        return herder.ask(
                () -> {
                    entry(name);
                    return herder.statuses().topicsOf(name);
                });
    }

    public CompletableFuture<Void> resetTopics(String name) {
        if (!config.topicTracking() || !config.topicTrackingReset()) {
            throw new RequestRefused(
                    Kind.FORBIDDEN,
                    "Topic tracking reset is disabled (topic.tracking.allow.reset=false).");
        }
        return herder.ask(
                () -> {
                    herder.statuses().forgetTopics(entry(name).name());
                    return null;
                });
    }

    /** Stored offsets: partition and offset of each entry. */
    public CompletableFuture<List<ConnectorOffsets.Entry>> offsets(String name) {
        return herder.ask(() -> entry(name))
                .thenCompose(entry -> offsets.of(name, entry.config(), type(entry.config())));
    }

    /**
     * Changes offsets of a stopped connector; null removes. {@code changes} null: all are removed.
     */
    public CompletableFuture<String> alterOffsets(
            String name, @Nullable List<ConnectorOffsets.Entry> changes) {
        return herder.ask(
                        () -> {
                            ConnectorEntry entry = entry(name);
                            boolean running =
                                    herder.statuses().tasksOf(name).values().stream()
                                            .anyMatch(
                                                    status ->
                                                            status.state() == RunState.RUNNING
                                                                    || status.state()
                                                                            == RunState.PAUSED);
                            if (entry.target() != TargetState.STOPPED || running) {
                                throw new RequestRefused(
                                        Kind.BAD_REQUEST,
                                        "Connectors must be in the STOPPED state before their"
                                            + " offsets can be altered. This can be done for the"
                                            + " specified connector by issuing a 'PUT' request to"
                                            + " the '/connectors/"
                                                + name
                                                + "/stop' endpoint");
                            }
                            return entry;
                        })
                .thenCompose(
                        entry ->
                                onBuilder(
                                        name,
                                        () ->
                                                offsets.alter(
                                                        name,
                                                        entry.config(),
                                                        type(entry.config()),
                                                        changes)));
    }

    public List<PluginClass> plugins() {
        return plugins.all();
    }

    public CompletableFuture<ConfigDef> pluginDefinition(String name, @Nullable String version) {
        return onBuilder(
                name,
                () -> {
                    try {
                        return check.definition(
                                plugins.find(
                                        List.of(PluginType.values()),
                                        name,
                                        ConnectorPlugins.range(version),
                                        null));
                    } catch (ConfigException e) {
                        throw new RequestRefused(Kind.NOT_FOUND, e.getMessage());
                    }
                });
    }

    public CompletableFuture<ConfigReport> validate(Map<String, String> wanted) {
        return onBuilder(String.valueOf(wanted.get("name")), () -> check.check(wanted));
    }

    /** Level for all workers of the group. */
    public CompletableFuture<Void> logLevelEverywhere(String logger, String level) {
        return herder.write(List.of(new ConfigEvent.LoggerLevel(logger, level)));
    }

    /** Completes when the herder is alive. */
    public CompletableFuture<Void> ping() {
        return herder.ask(() -> null);
    }

    private <T> CompletableFuture<T> onBuilder(String key, java.util.function.Supplier<T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        builders.loopFor(key)
                .post(
                        () -> {
                            try {
                                done.complete(work.get());
                            } catch (RuntimeException | LinkageError e) {
                                done.completeExceptionally(e);
                            }
                        });
        return done;
    }
}
