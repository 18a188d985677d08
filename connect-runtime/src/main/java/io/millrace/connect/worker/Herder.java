package io.millrace.connect.worker;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.time.RandomSource;
import io.millrace.connect.plugin.PluginClass;
import io.millrace.connect.store.ConfigEvent;
import io.millrace.connect.store.ConfigFormat;
import io.millrace.connect.store.ConfigTable;
import io.millrace.connect.store.ConnectorEntry;
import io.millrace.connect.store.KeyValue;
import io.millrace.connect.store.RunState;
import io.millrace.connect.store.TargetState;
import io.millrace.connect.store.TaskId;
import io.millrace.connect.task.OffsetReader;
import io.millrace.connect.task.RootCause;
import io.millrace.connect.task.TaskListener;
import io.millrace.connect.task.TaskRunner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns all connectors and tasks of this worker, on one loop. The config topic says what should run;
 * {@link #reconcile} compares that with what does run and starts or stops the difference, after
 * every record, every change of members, and every end of a task. Requests change the config topic;
 * nothing runs by request alone. Plugins never run on this loop.
 */
final class Herder implements TaskListener, ConnectorRunner.Events {
    private static final Logger LOGGER = LoggerFactory.getLogger(Herder.class);
    private static final long WRITE_RETRY_MS = 1_000;

    private final WorkerConfig config;
    private final EventLoop loop;
    private final EventLoopGroup builders;
    private final Stores stores;
    private final ConnectorPlugins plugins;
    private final Secrets secrets;
    private final TaskFactory factory;
    private final TopicOffsetStore offsets;
    private final PluginMetricsSource metrics;
    private final StatusBook statuses;
    private final RandomSource random;
    private final ConfigTable configs = new ConfigTable();
    private final Map<String, ConnectorSlot> connectors = new HashMap<>();
    private final Set<String> stoppingConnectors = new LinkedHashSet<>();
    private final Map<TaskId, TaskSlot> tasks = new TreeMap<>();
    private final Set<String> dirty = new LinkedHashSet<>();
    private final FailureCounts failures;
    private Members members;
    private boolean loaded;
    private boolean closing;

    Herder(
            WorkerConfig config,
            EventLoop loop,
            EventLoopGroup builders,
            Stores stores,
            ConnectorPlugins plugins,
            Secrets secrets,
            TaskFactory factory,
            TopicOffsetStore offsets,
            PluginMetricsSource metrics,
            StatusBook statuses,
            String workerId,
            RandomSource random) {
        this.config = config;
        this.loop = loop;
        this.builders = builders;
        this.stores = stores;
        this.plugins = plugins;
        this.secrets = secrets;
        this.factory = factory;
        this.offsets = offsets;
        this.metrics = metrics;
        this.statuses = statuses;
        this.random = random;
        this.failures = new FailureCounts(loop.clock());
        this.members = Members.none(workerId);
    }

    // --- what others ask -------------------------------------------------------------------

    /** Reads the topics to their end; completes when the worker knows all connectors. */
    CompletableFuture<Void> start() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        CompletableFuture.allOf(
                        stores.configs().start(this::onConfigRecord),
                        statuses.start(),
                        offsets.start())
                .whenComplete(
                        (read, error) ->
                                loop.post(
                                        () -> {
                                            loaded = error == null;
                                            if (error != null) {
                                                done.completeExceptionally(error);
                                            } else {
                                                done.complete(null);
                                            }
                                        }));
        return done;
    }

    /** From any thread. */
    void members(Members changed) {
        loop.post(() -> onMembers(changed));
    }

    /** Runs a question on the loop and brings the answer back. */
    <T> CompletableFuture<T> ask(java.util.function.Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        loop.post(
                () -> {
                    try {
                        answer.complete(question.get());
                    } catch (RuntimeException e) {
                        answer.completeExceptionally(e);
                    }
                });
        return answer;
    }

    /** Appends to the config topic and waits until this worker has applied it. */
    CompletableFuture<Void> write(List<ConfigEvent> events) {
        List<KeyValue> records = events.stream().map(ConfigFormat::encode).toList();
        return stores.configs().appendAndRead(records).thenCompose(read -> ask(() -> null));
    }

    ConfigTable configs() {
        loop.assertInLoop();
        return configs;
    }

    StatusBook statuses() {
        return statuses;
    }

    Members members() {
        loop.assertInLoop();
        return members;
    }

    Map<TaskId, TaskSlot> tasks() {
        loop.assertInLoop();
        return tasks;
    }

    /** Restarts one task of this worker. On the loop. */
    boolean restartTask(TaskId id) {
        TaskSlot slot = tasks.get(id);
        if (slot == null) {
            return false;
        }
        failures.forget(id);
        statuses.task(id, RunState.RESTARTING, null, slot.version());
        retire(slot, true);
        return true;
    }

    // --- what the topics and the group say ----------------------------------------------------

    private void onConfigRecord(long offset, byte @Nullable [] key, byte @Nullable [] value) {
        try {
            ConfigEvent event = ConfigFormat.decode(key, value);
            loop.post(() -> onConfig(event, offset));
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("offset", offset)
                    .addKeyValue("why", e.getMessage())
                    .log("record of the config topic cannot be read; left out");
        }
    }

    private void onConfig(ConfigEvent event, long offset) {
        Optional<String> changed = configs.apply(event, offset);
        if (!loaded) {
            return;
        }
        if (event instanceof ConfigEvent.Restart restart) {
            onRestart(restart);
        } else if (event instanceof ConfigEvent.LoggerLevel level) {
            LogLevels.set(level.logger(), level.level());
        }
        changed.ifPresent(this::touch);
    }

    private void touch(String connector) {
        if (dirty.isEmpty()) {
            loop.atEndOfBatch(
                    () -> {
                        List<String> names = List.copyOf(dirty);
                        dirty.clear();
                        names.forEach(this::reconcile);
                    });
        }
        dirty.add(connector);
    }

    private void onMembers(Members changed) {
        if (changed.generation() < members.generation()) {
            return;
        }
        LOGGER.atInfo()
                .addKeyValue("generation", changed.generation())
                .addKeyValue("workers", changed.all())
                .log("group of workers changed");
        members = changed;
        statuses.generation(changed.generation());
        touchAll();
    }

    private void touchAll() {
        Set<String> all = new LinkedHashSet<>(configs.connectors());
        all.addAll(connectors.keySet());
        tasks.keySet().forEach(id -> all.add(id.connector()));
        all.forEach(this::touch);
    }

    private void onRestart(ConfigEvent.Restart restart) {
        String name = restart.connector();
        ConnectorSlot slot = connectors.get(name);
        if (slot != null && (!restart.onlyFailed() || slot.state == RunState.FAILED)) {
            failures.forget(name);
            statuses.connector(name, RunState.RESTARTING, null, slot.version());
            retire(slot);
        }
        if (restart.includeTasks()) {
            for (TaskSlot task : List.copyOf(tasks.values())) {
                boolean failed = task.state == RunState.FAILED;
                if (task.id.connector().equals(name) && (!restart.onlyFailed() || failed)) {
                    restartTask(task.id);
                }
            }
        }
        touch(name);
    }

    // --- desired against actual ---------------------------------------------------------------

    private void reconcile(String name) {
        loop.assertInLoop();
        Optional<ConnectorEntry> found = configs.find(name);
        reconcileConnector(name, found);
        reconcileTasks(name, found);
    }

    private void reconcileConnector(String name, Optional<ConnectorEntry> found) {
        ConnectorSlot slot = connectors.get(name);
        boolean mine = found.isPresent() && members.owns(name) && !closing;
        boolean wanted = mine && found.get().target() == TargetState.STARTED;
        if (slot != null && (!wanted || slot.configOffset != found.get().configOffset())) {
            retire(slot);
            slot = null;
        }
        if (wanted) {
            if (slot == null && !stoppingConnectors.contains(name)) {
                startConnector(found.get());
            }
        } else if (mine) {
            boolean stopped = found.get().target() == TargetState.STOPPED;
            statuses.connector(name, stopped ? RunState.STOPPED : RunState.PAUSED, null, null);
            if (stopped && !found.get().taskConfigs().isEmpty()) {
                commitTasks(name, List.of());
            }
        } else if (found.isEmpty() && !closing) {
            statuses.forgetConnector(name);
        }
    }

    private void reconcileTasks(String name, Optional<ConnectorEntry> found) {
        int count =
                found.filter(ConnectorEntry::tasksCurrent)
                        .filter(entry -> entry.target() != TargetState.STOPPED && !closing)
                        .map(entry -> entry.taskConfigs().size())
                        .orElse(0);
        for (TaskSlot slot : tasksOf(name)) {
            boolean keep =
                    slot.id.task() < count
                            && members.owns(slot.id)
                            && slot.configVersion == found.orElseThrow().tasksOffset();
            if (!keep) {
                retire(slot, false);
            } else if (slot.runner != null) {
                slot.runner.target(found.orElseThrow().target());
            }
        }
        for (int task = 0; task < count; task++) {
            TaskId id = new TaskId(name, task);
            if (members.owns(id) && !tasks.containsKey(id) && freeToTake(id)) {
                startTask(found.orElseThrow(), id);
            }
        }
        if (!closing) {
            forgetTasksBeyond(name, found);
        }
    }

    /** Statuses of tasks that exist no more. */
    private void forgetTasksBeyond(String name, Optional<ConnectorEntry> found) {
        if (found.isEmpty() || found.get().target() == TargetState.STOPPED) {
            statuses.forgetTasks(name, 0);
        } else if (found.get().tasksCurrent()) {
            statuses.forgetTasks(name, found.get().taskConfigs().size());
        }
    }

    /** Another live worker that still runs the task gives it up first and says so in its status. */
    private boolean freeToTake(TaskId id) {
        return statuses.freeToTake(id, members, () -> touch(id.connector()), loop);
    }

    private List<TaskSlot> tasksOf(String connector) {
        List<TaskSlot> found = new ArrayList<>();
        tasks.forEach(
                (id, slot) -> {
                    if (id.connector().equals(connector)) {
                        found.add(slot);
                    }
                });
        return found;
    }

    // --- connectors ---------------------------------------------------------------------------

    private void startConnector(ConnectorEntry entry) {
        String name = entry.name();
        ConnectorSlot slot = new ConnectorSlot(name, entry.configOffset());
        connectors.put(name, slot);
        builders.loopFor(name)
                .post(
                        () -> {
                            try {
                                ConnectorRunner runner = build(entry);
                                loop.post(() -> onConnectorBuilt(slot, runner));
                            } catch (RuntimeException | LinkageError e) {
                                loop.post(() -> failConnector(slot, e));
                            }
                        });
    }

    private ConnectorRunner build(ConnectorEntry entry) {
        Map<String, String> resolved = secrets.resolve(entry.config());
        PluginClass plugin = plugins.connector(resolved);
        return new ConnectorRunner(
                entry.name(),
                plugin,
                entry.config(),
                resolved,
                new OffsetReader(entry.name(), offsets),
                metrics.of(Map.of("connector", entry.name())).metrics(),
                this,
                loop.clock());
    }

    private void onConnectorBuilt(ConnectorSlot slot, ConnectorRunner runner) {
        slot.runner = runner;
        if (connectors.get(slot.name) != slot) {
            runner.stop();
            return;
        }
        runner.start()
                .whenComplete((started, error) -> loop.post(() -> onConnectorStarted(slot, error)));
    }

    private void onConnectorStarted(ConnectorSlot slot, @Nullable Throwable error) {
        if (connectors.get(slot.name) != slot) {
            return;
        }
        if (error != null) {
            failConnector(slot, error);
            return;
        }
        slot.state = RunState.RUNNING;
        slot.startedMs = loop.clock().monotonicMs();
        statuses.connector(slot.name, RunState.RUNNING, null, slot.version());
        LOGGER.atInfo().addKeyValue("connector", slot.name).log("connector started");
        generateTasks(slot);
    }

    private void generateTasks(ConnectorSlot slot) {
        ConnectorRunner runner = slot.runner;
        if (runner == null) {
            return;
        }
        runner.taskConfigs()
                .whenComplete(
                        (generated, error) ->
                                loop.post(() -> onTasksGenerated(slot, generated, error)));
    }

    private void onTasksGenerated(
            ConnectorSlot slot,
            @Nullable List<Map<String, String>> generated,
            @Nullable Throwable error) {
        Optional<ConnectorEntry> entry = configs.find(slot.name);
        if (connectors.get(slot.name) != slot || entry.isEmpty()) {
            return;
        }
        if (generated == null) {
            failConnector(
                    slot, error == null ? new IllegalStateException("no task configs") : error);
            return;
        }
        boolean current = entry.get().tasksCurrent() && entry.get().taskConfigs().equals(generated);
        if (!current) {
            commitTasks(slot.name, generated);
        }
    }

    private void commitTasks(String name, List<Map<String, String>> generated) {
        List<ConfigEvent> events = new ArrayList<>();
        for (int task = 0; task < generated.size(); task++) {
            events.add(new ConfigEvent.TaskConfig(new TaskId(name, task), generated.get(task)));
        }
        events.add(new ConfigEvent.TasksCommitted(name, generated.size()));
        write(events)
                .whenComplete(
                        (written, error) -> {
                            if (error != null) {
                                LOGGER.atWarn()
                                        .addKeyValue("connector", name)
                                        .addKeyValue("why", RootCause.line(error))
                                        .log("task configs were not written; trying again");
                                loop.schedule(WRITE_RETRY_MS, () -> regenerate(name));
                            }
                        });
    }

    private void regenerate(String name) {
        ConnectorSlot slot = connectors.get(name);
        if (slot != null && slot.state == RunState.RUNNING) {
            generateTasks(slot);
        } else {
            touch(name);
        }
    }

    private void failConnector(ConnectorSlot slot, Throwable failure) {
        if (connectors.get(slot.name) != slot) {
            return;
        }
        slot.failures = failures.count(slot.name, policy(slot.name), slot.startedMs);
        slot.state = RunState.FAILED;
        LOGGER.atError()
                .addKeyValue("connector", slot.name)
                .addKeyValue("why", RootCause.line(failure))
                .setCause(failure)
                .log("connector failed");
        RestartPolicy policy = policy(slot.name);
        boolean again = policy.again(failure, slot.failures);
        statuses.connector(slot.name, RunState.FAILED, RootCause.trace(failure), slot.version());
        if (again) {
            loop.schedule(
                    policy.delayMs(slot.failures, random),
                    () -> {
                        if (connectors.get(slot.name) == slot && slot.state == RunState.FAILED) {
                            retire(slot);
                            touch(slot.name);
                        }
                    });
        }
    }

    private void retire(ConnectorSlot slot) {
        connectors.remove(slot.name, slot);
        ConnectorRunner runner = slot.runner;
        if (runner == null) {
            return;
        }
        stoppingConnectors.add(slot.name);
        CompletableFuture<Void> stopped = runner.stop();
        Runnable goOn =
                () -> {
                    if (stoppingConnectors.remove(slot.name)) {
                        touch(slot.name);
                    }
                };
        stopped.whenComplete((done, error) -> loop.post(goOn));
        loop.schedule(config.gracefulStopMs(), goOn);
    }

    private RestartPolicy policy(String connector) {
        return configs.find(connector)
                .map(entry -> config.restarts().forConnector(entry.config()))
                .orElse(config.restarts());
    }

    @Override
    public void onReconfigure(ConnectorRunner runner) {
        loop.post(
                () -> {
                    ConnectorSlot slot = connectors.get(runner.name());
                    if (slot != null && slot.runner == runner && slot.state == RunState.RUNNING) {
                        generateTasks(slot);
                    }
                });
    }

    @Override
    public void onError(ConnectorRunner runner, Exception error) {
        loop.post(
                () -> {
                    ConnectorSlot slot = connectors.get(runner.name());
                    if (slot != null && slot.runner == runner) {
                        failConnector(slot, error);
                    }
                });
    }

    // --- tasks --------------------------------------------------------------------------------

    private void startTask(ConnectorEntry entry, TaskId id) {
        TaskSlot slot = new TaskSlot(id, entry.tasksOffset());
        tasks.put(id, slot);
        builders.loopFor(id)
                .post(
                        () -> {
                            try {
                                TaskRunner runner = factory.create(entry, id, this);
                                loop.post(() -> onTaskBuilt(slot, runner));
                            } catch (RuntimeException | LinkageError e) {
                                loop.post(() -> failTask(slot, e));
                            }
                        });
    }

    private void onTaskBuilt(TaskSlot slot, TaskRunner runner) {
        if (tasks.get(slot.id) != slot || slot.retiring) {
            runner.discard();
            finishRetiring(slot);
            return;
        }
        slot.runner = runner;
        slot.startedMs = loop.clock().monotonicMs();
        configs.find(slot.id.connector()).ifPresent(entry -> runner.target(entry.target()));
        runner.start();
    }

    @Override
    public void onState(TaskRunner task, RunState state) {
        loop.post(
                () -> {
                    TaskSlot slot = tasks.get(task.id());
                    if (slot != null && slot.runner == task && !slot.retiring) {
                        slot.state = state;
                        statuses.task(slot.id, state, null, slot.version());
                    }
                });
    }

    @Override
    public void onTopic(TaskRunner task, String topic) {
        if (config.topicTracking()) {
            loop.post(() -> statuses.topic(task.id(), topic, loop.clock().wallMs()));
        }
    }

    @Override
    public void onEnd(TaskRunner task, @Nullable Throwable failure) {
        loop.post(
                () -> {
                    TaskSlot slot = tasks.get(task.id());
                    if (slot == null || slot.runner != task) {
                        return;
                    }
                    if (slot.retiring || failure == null) {
                        finishRetiring(slot);
                    } else {
                        failTask(slot, failure);
                    }
                });
    }

    private void failTask(TaskSlot slot, Throwable failure) {
        if (tasks.get(slot.id) != slot) {
            return;
        }
        if (slot.retiring) {
            finishRetiring(slot);
            return;
        }
        slot.failures = failures.count(slot.id, policy(slot.id.connector()), slot.startedMs);
        slot.state = RunState.FAILED;
        LOGGER.atError()
                .addKeyValue("task", slot.id)
                .addKeyValue("why", RootCause.line(failure))
                .setCause(failure)
                .log("task failed");
        statuses.task(slot.id, RunState.FAILED, RootCause.trace(failure), slot.version());
        slot.runner = null;
        RestartPolicy policy = policy(slot.id.connector());
        if (policy.again(failure, slot.failures)) {
            long delayMs = policy.delayMs(slot.failures, random);
            LOGGER.atInfo()
                    .addKeyValue("task", slot.id)
                    .addKeyValue("attempt", slot.failures)
                    .addKeyValue("delayMs", delayMs)
                    .log("task will start again");
            loop.schedule(delayMs, () -> restartFailed(slot));
        }
    }

    private void restartFailed(TaskSlot slot) {
        if (tasks.get(slot.id) == slot && slot.state == RunState.FAILED && !slot.retiring) {
            tasks.remove(slot.id);
            touch(slot.id.connector());
        }
    }

    /** Takes a task down; it starts again at the end if it is still wanted. */
    private void retire(TaskSlot slot, boolean restarting) {
        if (slot.retiring) {
            return;
        }
        slot.retiring = true;
        slot.restarting = restarting;
        TaskRunner runner = slot.runner;
        if (runner == null) {
            if (slot.state == RunState.FAILED) {
                finishRetiring(slot);
            }
            // else it is being built; onTaskBuilt sees that it is not wanted any more.
            return;
        }
        runner.stop();
        loop.schedule(
                config.gracefulStopMs(),
                () -> {
                    if (tasks.get(slot.id) == slot) {
                        LOGGER.atWarn()
                                .addKeyValue("task", slot.id)
                                .addKeyValue("waitedMs", config.gracefulStopMs())
                                .log(
                                        "task does not stop; its thread is interrupted and left"
                                                + " behind");
                        runner.abandon();
                        finishRetiring(slot);
                    }
                });
    }

    private void finishRetiring(TaskSlot slot) {
        if (!tasks.remove(slot.id, slot)) {
            return;
        }
        if (!slot.restarting && configs.find(slot.id.connector()).isPresent()) {
            statuses.task(slot.id, RunState.UNASSIGNED, null, slot.version());
        }
        touch(slot.id.connector());
    }

    // --- the end ------------------------------------------------------------------------------

    /** Stops everything; completes when all has stopped or been left behind. */
    CompletableFuture<Void> close() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.post(
                () -> {
                    closing = true;
                    List<CompletableFuture<?>> ends = new ArrayList<>();
                    for (TaskSlot slot : List.copyOf(tasks.values())) {
                        if (slot.runner != null && slot.state != RunState.FAILED) {
                            ends.add(slot.runner.ended());
                        }
                    }
                    touchAll();
                    CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
                            .orTimeout(
                                    config.gracefulStopMs() + 1_000,
                                    java.util.concurrent.TimeUnit.MILLISECONDS)
                            .whenComplete((ended, late) -> loop.post(() -> finishClose(done)));
                });
        return done;
    }

    private void finishClose(CompletableFuture<Void> done) {
        statuses.unassignAll(members.self());
        statuses.flush().whenComplete((flushed, error) -> done.complete(null));
    }
}
