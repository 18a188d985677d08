package io.millrace.broker.group.streams;

import io.millrace.broker.group.consumer.MemberState;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One member of a streams group: a thread of a process. */
public record StreamsMember(String id, Profile profile, Progress progress) {

    /** Where interactive queries reach the process. */
    public record Endpoint(String host, int port) {}

    /**
     * What a member says of itself.
     *
     * @param topologyEpoch of the topology that it runs
     * @param processId which members share state directories
     */
    public record Profile(
            @Nullable String rackId,
            String clientId,
            String clientHost,
            int rebalanceTimeoutMs,
            int topologyEpoch,
            String processId,
            @Nullable Endpoint endpoint,
            Map<String, String> tags) {
        public Profile {
            tags = Map.copyOf(new TreeMap<>(tags));
        }
    }

    /**
     * How far a member has come.
     *
     * @param assigned tasks that it has
     * @param revoking tasks that it is to give up and has not given up yet
     */
    public record Progress(
            int epoch,
            int previousEpoch,
            MemberState state,
            TaskRoles assigned,
            TaskRoles revoking) {
        /** Before the first assignment. */
        public static final Progress NEW =
                new Progress(0, 0, MemberState.STABLE, TaskRoles.NONE, TaskRoles.NONE);

        /** Whether the member has the task in any role, or has not given it up. */
        boolean holds(TaskSet.Task task) {
            return assigned.contains(task) || revoking.contains(task);
        }

        boolean holdsActive(TaskSet.Task task) {
            return assigned.active().contains(task) || revoking.active().contains(task);
        }
    }

    public StreamsMember with(Profile changed) {
        return new StreamsMember(id, changed, progress);
    }

    public StreamsMember with(Progress changed) {
        return new StreamsMember(id, profile, changed);
    }

    public int epoch() {
        return progress.epoch();
    }

    /** Whether somebody else's getting the task would be too early because of this member. */
    public boolean blocks(TaskSet.Task task, boolean active, String processId) {
        return (active && progress.holdsActive(task))
                || (profile.processId().equals(processId) && progress.holds(task));
    }
}
