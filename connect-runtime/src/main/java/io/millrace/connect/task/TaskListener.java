package io.millrace.connect.task;

import io.millrace.connect.store.RunState;
import org.jspecify.annotations.Nullable;

/** Told about a task by its own thread; must not block. */
public interface TaskListener {
    /** The task runs or pauses now. */
    void onState(TaskRunner task, RunState state);

    /** The task uses a topic that it had not used before. */
    void onTopic(TaskRunner task, String topic);

    /** The task ended; {@code failure} is null when it was asked to. */
    void onEnd(TaskRunner task, @Nullable Throwable failure);
}
