package io.millrace.connect.worker;

import io.millrace.connect.store.RunState;
import org.jspecify.annotations.Nullable;

/** One attempt to run a connector here. Owned by the herder's loop. */
final class ConnectorSlot {
    final String name;

    /** Offset of the config that it runs with. */
    final long configOffset;

    RunState state = RunState.UNASSIGNED;
    @Nullable ConnectorRunner runner;
    int failures;
    long startedMs;

    ConnectorSlot(String name, long configOffset) {
        this.name = name;
        this.configOffset = configOffset;
    }

    @Nullable String version() {
        return runner == null ? null : runner.plugin().version();
    }
}
