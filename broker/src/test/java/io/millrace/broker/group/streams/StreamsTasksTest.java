package io.millrace.broker.group.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.group.streams.StreamsMember.Progress;
import io.millrace.broker.group.streams.TaskSet.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How tasks are divided and handed over. */
final class StreamsTasksTest {
    private static final TopologyPlan PLAN =
            new TopologyPlan(Map.of("0", 4, "1", 4), Set.of("1"), Map.of(), List.of(), List.of());

    @Test
    void tasksAreDividedEvenlyAndStayWhereTheyWere() {
        Map<String, TaskRoles> two =
                assign(List.of(member("a", "p1"), member("b", "p2")), Map.of());
        assertThat(two.get("a").active().all()).hasSize(4);
        assertThat(two.get("b").active().all()).hasSize(4);

        Map<String, TaskRoles> three =
                assign(List.of(member("a", "p1"), member("b", "p2"), member("c", "p3")), two);
        assertThat(three.get("a").active().minus(two.get("a").active()).isEmpty()).isTrue();
        assertThat(three.get("b").active().minus(two.get("b").active()).isEmpty()).isTrue();
        assertThat(three.values().stream().mapToInt(roles -> roles.active().all().size()).sum())
                .isEqualTo(8);
    }

    @Test
    void copiesOfStateAreOnOtherProcesses() {
        Map<String, TaskRoles> targets =
                StickyTaskAssignor.assign(
                        PLAN,
                        1,
                        List.of(member("a", "p1"), member("a2", "p1"), member("b", "p2")),
                        Map.of());
        Map<Task, List<String>> processes = new HashMap<>();
        Map<String, String> processOf = Map.of("a", "p1", "a2", "p1", "b", "p2");
        targets.forEach(
                (member, roles) -> {
                    for (Task task : roles.active().plus(roles.standby()).all()) {
                        processes
                                .computeIfAbsent(task, same -> new ArrayList<>())
                                .add(processOf.get(member));
                    }
                });
        processes.forEach(
                (task, at) ->
                        assertThat(at)
                                .as("%s", task)
                                .doesNotHaveDuplicates()
                                .hasSize(task.subtopology().equals("1") ? 2 : 1));
    }

    @Test
    void whoHasACopyOfTheStateTakesTheTaskOver() {
        StreamsMember b = member("b", "p2");
        StreamsMember c = member("c", "p3");
        Map<String, TaskRoles> before =
                StickyTaskAssignor.assign(PLAN, 1, List.of(member("a", "p1"), b, c), Map.of());
        Map<String, TaskRoles> after = StickyTaskAssignor.assign(PLAN, 1, List.of(b, c), before);
        long inherited =
                before.get("a").active().all().stream()
                        .filter(
                                task ->
                                        isCopyTakenOver(task, before.get("b"), after.get("b"))
                                                || isCopyTakenOver(
                                                        task, before.get("c"), after.get("c")))
                        .count();
        assertThat(inherited).isPositive();
    }

    private static boolean isCopyTakenOver(Task task, TaskRoles before, TaskRoles after) {
        return before.standby().contains(task) && after.active().contains(task);
    }

    @Test
    void aTaskIsGivenUpBeforeAnotherGetsIt() {
        TaskRoles both = active(new Task("0", 0), new Task("0", 1));
        TaskRoles first = active(new Task("0", 0));
        Progress has = new Progress(1, 0, MemberState.STABLE, both, TaskRoles.NONE);

        Progress revoking = reconciliation(2, first, false).next(has, null);
        assertThat(revoking.state()).isEqualTo(MemberState.UNREVOKED_PARTITIONS);
        assertThat(revoking.epoch()).isEqualTo(1);
        assertThat(revoking.assigned()).isEqualTo(first);
        assertThat(reconciliation(2, first, false).next(revoking, both)).isEqualTo(revoking);

        Progress done = reconciliation(2, first, false).next(revoking, first);
        assertThat(done.state()).isEqualTo(MemberState.STABLE);
        assertThat(done.epoch()).isEqualTo(2);
    }

    @Test
    void whatOthersHoldIsWaitedFor() {
        TaskRoles wanted = active(new Task("0", 1));
        Progress waiting = reconciliation(2, wanted, true).next(Progress.NEW, TaskRoles.NONE);
        assertThat(waiting.state()).isEqualTo(MemberState.UNRELEASED_PARTITIONS);
        assertThat(waiting.assigned().isEmpty()).isTrue();
        Progress got = reconciliation(2, wanted, false).next(waiting, TaskRoles.NONE);
        assertThat(got.assigned()).isEqualTo(wanted);
        assertThat(got.state()).isEqualTo(MemberState.STABLE);
    }

    private static TaskReconciliation reconciliation(int epoch, TaskRoles target, boolean blocked) {
        return new TaskReconciliation(epoch, target, (task, active) -> blocked);
    }

    private static Map<String, TaskRoles> assign(
            List<StreamsMember> members, Map<String, TaskRoles> before) {
        return StickyTaskAssignor.assign(PLAN, 0, members, before);
    }

    private static TaskRoles active(Task... tasks) {
        return new TaskRoles(TaskSet.of(List.of(tasks)), TaskSet.EMPTY, TaskSet.EMPTY);
    }

    private static StreamsMember member(String id, String process) {
        return new StreamsMember(
                id,
                new StreamsMember.Profile(null, "", "", 1000, 0, process, null, Map.of()),
                Progress.NEW);
    }
}
