package io.millrace.connect.worker;

import io.millrace.base.loop.EventLoop;
import io.millrace.connect.kafka.TableLog;
import io.millrace.connect.store.RunState;
import io.millrace.connect.store.Status;
import io.millrace.connect.store.StatusEvent;
import io.millrace.connect.store.StatusFormat;
import io.millrace.connect.store.StatusTable;
import io.millrace.connect.store.TaskId;
import io.millrace.connect.task.RootCause;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * States of connectors and tasks: writes those of this worker to the status topic, reads those of
 * the others. Owned by the herder's loop. What this worker wrote counts at once, so its own records
 * are left out when they come back.
 */
final class StatusBook {
    private static final Logger LOGGER = LoggerFactory.getLogger(StatusBook.class);

    /** How long another worker may take to give a task up. */
    private static final long HAND_OVER_MS = 15_000;

    private final TableLog log;
    private final EventLoop loop;
    private final String workerId;
    private final StatusTable table = new StatusTable();
    private final Map<TaskId, Long> waitingSinceMs = new HashMap<>();
    private CompletableFuture<Void> lastWrite = CompletableFuture.completedFuture(null);
    private int generation;
    private boolean loaded;

    StatusBook(TableLog log, EventLoop loop, String workerId) {
        this.log = log;
        this.loop = loop;
        this.workerId = workerId;
    }

    CompletableFuture<Void> start() {
        return log.start(this::onRecord).thenRun(() -> loop.post(() -> loaded = true));
    }

    void generation(int now) {
        generation = now;
    }

    private void onRecord(long offset, byte @Nullable [] key, byte @Nullable [] value) {
        try {
            StatusEvent event = StatusFormat.decode(key, value);
            loop.post(() -> onEvent(event));
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("offset", offset)
                    .addKeyValue("why", e.getMessage())
                    .log("record of the status topic cannot be read; left out");
        }
    }

    private void onEvent(StatusEvent event) {
        if (!loaded || !ours(event)) {
            table.apply(event);
        }
    }

    private boolean ours(StatusEvent event) {
        Status status = null;
        if (event instanceof StatusEvent.OfConnector c) {
            status = c.status();
        } else if (event instanceof StatusEvent.OfTask t) {
            status = t.status();
        }
        return status != null && status.workerId().equals(workerId);
    }

    Optional<Status> connector(String name) {
        return table.connector(name);
    }

    Map<TaskId, Status> tasksOf(String name) {
        return table.tasksOf(name);
    }

    Set<String> topicsOf(String name) {
        return table.topicsOf(name);
    }

    void connector(String name, RunState state, @Nullable String trace, @Nullable String version) {
        Status status = new Status(state, trace, workerId, generation, version);
        if (!table.connector(name).filter(status::equals).isPresent()) {
            write(new StatusEvent.OfConnector(name, status));
        }
    }

    void task(TaskId id, RunState state, @Nullable String trace, @Nullable String version) {
        Status status = new Status(state, trace, workerId, generation, version);
        if (!table.task(id).filter(status::equals).isPresent()) {
            write(new StatusEvent.OfTask(id, status));
        }
    }

    void topic(TaskId id, String topic, long nowMs) {
        if (!table.topicsOf(id.connector()).contains(topic)) {
            write(
                    new StatusEvent.OfTopic(
                            topic, id.connector(), new StatusEvent.TopicUse(id.task(), nowMs)));
        }
    }

    void forgetTopics(String connector) {
        for (String topic : table.topicsOf(connector)) {
            write(new StatusEvent.OfTopic(topic, connector, null));
        }
    }

    void forgetConnector(String name) {
        if (table.connector(name).isPresent()) {
            write(new StatusEvent.OfConnector(name, null));
        }
        forgetTopics(name);
    }

    /** Forgets tasks from this number on. */
    void forgetTasks(String connector, int from) {
        table.tasksOf(connector)
                .keySet()
                .forEach(
                        id -> {
                            if (id.task() >= from) {
                                write(new StatusEvent.OfTask(id, null));
                            }
                        });
    }

    /** Whether no other live worker says that it still has the task. Looks again by itself. */
    boolean freeToTake(TaskId id, Members members, Runnable lookAgain, EventLoop timers) {
        Optional<Status> status = table.task(id);
        boolean held =
                status.isPresent()
                        && !status.get().workerId().equals(workerId)
                        && members.all().contains(status.get().workerId())
                        && status.get().state() != RunState.UNASSIGNED
                        && status.get().state() != RunState.FAILED;
        if (!held) {
            waitingSinceMs.remove(id);
            return true;
        }
        long now = timers.clock().monotonicMs();
        long since = waitingSinceMs.computeIfAbsent(id, task -> now);
        if (now - since >= HAND_OVER_MS) {
            waitingSinceMs.remove(id);
            return true;
        }
        timers.schedule(200, lookAgain);
        return false;
    }

    /** Says that nothing runs here any more. */
    void unassignAll(String self) {
        table.connectors()
                .forEach(
                        (name, status) -> {
                            if (status.workerId().equals(self) && active(status)) {
                                connector(name, RunState.UNASSIGNED, null, status.version());
                            }
                        });
        table.tasks()
                .forEach(
                        (id, status) -> {
                            if (status.workerId().equals(self) && active(status)) {
                                task(id, RunState.UNASSIGNED, null, status.version());
                            }
                        });
    }

    private static boolean active(Status status) {
        return status.state() == RunState.RUNNING
                || status.state() == RunState.RESTARTING
                || status.state() == RunState.PAUSED;
    }

    private void write(StatusEvent event) {
        loop.assertInLoop();
        table.apply(event);
        CompletableFuture<Void> written = log.append(List.of(StatusFormat.encode(event)));
        written.whenComplete(
                (done, error) -> {
                    if (error != null) {
                        LOGGER.atWarn()
                                .addKeyValue("why", RootCause.line(error))
                                .log("status was not written; other workers see the one before");
                    }
                });
        lastWrite = CompletableFuture.allOf(lastWrite.exceptionally(lost -> null), written);
    }

    /** Completes when all written so far is durable. */
    CompletableFuture<Void> flush() {
        return lastWrite;
    }
}
