package io.millrace.connect.task;

import io.millrace.base.time.Clock;
import io.millrace.connect.store.RunState;
import io.millrace.connect.store.TargetState;
import io.millrace.connect.store.TaskId;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One task on a thread of its own, which is the only one that touches the task's state. Others
 * start it, pause and resume it, and stop it by signals. Runs once: a restart makes a new runner.
 */
public abstract class TaskRunner {
    private static final Logger LOGGER = LoggerFactory.getLogger(TaskRunner.class);

    private final TaskId id;
    private final ClassLoader loader;
    private final TaskListener listener;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Thread thread;
    private final Set<String> topics = new HashSet<>();
    private @Nullable RunState state;
    protected final Clock clock;
    protected final TaskSignals signals;

    protected TaskRunner(
            TaskId id,
            ClassLoader loader,
            TaskListener listener,
            Clock clock,
            TargetState initial) {
        this.id = id;
        this.loader = loader;
        this.listener = listener;
        this.clock = clock;
        this.signals = new TaskSignals(clock, initial);
        this.thread = new Thread(this::run, "connect-task-" + id); // gate: a task owns its thread
        this.thread.setDaemon(true);
        this.thread.setContextClassLoader(loader);
        this.signals.owner(thread);
    }

    public TaskId id() {
        return id;
    }

    /** Starts the thread. Once. */
    public void start() {
        thread.start();
    }

    /** Frees what was made for a task that will not start after all. Instead of {@link #start}. */
    public void discard() {
        close();
        ended.complete(null);
    }

    /** Asks the task to pause or go on. */
    public void target(TargetState target) {
        if (signals.target(target)) {
            interruptWait();
        }
    }

    /** Asks the task to end; returns what completes when its thread has let go of everything. */
    public CompletableFuture<Void> stop() {
        signals.stop();
        interruptWait();
        return ended;
    }

    /** Last resort for a task that does not end: interrupts its thread. */
    public void abandon() {
        thread.interrupt();
    }

    /** Completes when the thread has ended. */
    public CompletableFuture<Void> ended() {
        return ended;
    }

    /** What the task achieved so far. From any thread. */
    public abstract TaskProgress progress();

    /** Version that the task says it has. */
    public abstract String version();

    /** Runs the task until it is told to stop. On the task's thread. */
    protected abstract void execute() throws Exception;

    /** Frees what the task holds; called once, also after a failure. */
    protected abstract void close();

    /** Ends a wait inside a client. From any thread. */
    protected abstract void interruptWait();

    protected final ClassLoader loader() {
        return loader;
    }

    protected final void report(RunState now) {
        if (now != state) {
            state = now;
            listener.onState(this, now);
        }
    }

    protected final void reportTopic(String topic) {
        if (topics.add(topic)) {
            listener.onTopic(this, topic);
        }
    }

    private void run() {
        MDC.put("connector.context", "[" + id.connector() + "|task-" + id.task() + "]");
        Throwable failure = null;
        try {
            execute();
        } catch (Throwable e) {
            if (!signals.stopping()) {
                failure = e;
            } else {
                LOGGER.atWarn()
                        .addKeyValue("task", id)
                        .addKeyValue("why", RootCause.line(e))
                        .log("task failed while stopping");
            }
        }
        try {
            close();
        } catch (RuntimeException | LinkageError e) {
            LOGGER.atWarn().addKeyValue("task", id).setCause(e).log("task did not close cleanly");
        }
        listener.onEnd(this, failure);
        ended.complete(null);
        MDC.remove("connector.context");
    }
}
