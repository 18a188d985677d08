package io.millrace.connect.worker;

import io.millrace.connect.store.RunState;
import io.millrace.connect.store.TaskId;
import io.millrace.connect.task.TaskRunner;
import org.jspecify.annotations.Nullable;

/** One attempt to run a task here. Owned by the herder's loop. */
final class TaskSlot {
    final TaskId id;

    /** Offset of the commit record whose config it runs with. */
    final long configVersion;

    RunState state = RunState.UNASSIGNED;
    @Nullable TaskRunner runner;
    int failures;
    long startedMs;

    /** On its way out. */
    boolean retiring;

    /** Comes back after it is out. */
    boolean restarting;

    TaskSlot(TaskId id, long configVersion) {
        this.id = id;
        this.configVersion = configVersion;
    }

    @Nullable String version() {
        return runner == null ? null : runner.version();
    }
}
