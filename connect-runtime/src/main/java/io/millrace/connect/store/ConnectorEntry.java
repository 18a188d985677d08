package io.millrace.connect.store;

import java.util.List;
import java.util.Map;

/**
 * What the config topic says about one connector. Immutable.
 *
 * @param configOffset of the record that holds {@code config}
 * @param taskConfigs configs of the last complete set, by task number
 * @param tasksOffset of the record that completed the set; -1 when there is none
 * @param consistent false when the last set is half-written: the connector must generate it again
 */
public record ConnectorEntry(
        String name,
        Map<String, String> config,
        long configOffset,
        TargetState target,
        List<Map<String, String>> taskConfigs,
        long tasksOffset,
        boolean consistent) {

    /** Whether the tasks were generated from the present config, so that they may run. */
    public boolean tasksCurrent() {
        return consistent && tasksOffset > configOffset;
    }
}
