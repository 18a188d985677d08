package io.millrace.broker.group.streams;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Divides tasks among the members of a streams group: as evenly as possible, with each task where
 * it was, or where a copy of its state is, as long as that is even. Copies of state go to other
 * processes than the task.
 */
public final class StickyTaskAssignor {
    private final TopologyPlan plan;
    private final int standbys;
    private final TreeMap<String, StreamsMember> members = new TreeMap<>();
    private final Map<String, TaskRoles> before;
    private final Map<String, List<TaskSet.Task>> active = new HashMap<>();
    private final Map<String, List<TaskSet.Task>> standby = new HashMap<>();
    private final Map<TaskSet.Task, Set<String>> processesOf = new HashMap<>();

    private StickyTaskAssignor(
            TopologyPlan plan,
            int standbys,
            Iterable<StreamsMember> all,
            Map<String, TaskRoles> before) {
        this.plan = plan;
        this.standbys = standbys;
        this.before = before;
        for (StreamsMember member : all) {
            members.put(member.id(), member);
            active.put(member.id(), new ArrayList<>());
            standby.put(member.id(), new ArrayList<>());
        }
    }

    /**
     * The target of each member.
     *
     * @param standbys copies of each task's state, if there are so many other processes
     * @param before the targets until now
     */
    public static Map<String, TaskRoles> assign(
            TopologyPlan plan,
            int standbys,
            Iterable<StreamsMember> members,
            Map<String, TaskRoles> before) {
        return new StickyTaskAssignor(plan, standbys, members, before).assignAll();
    }

    private Map<String, TaskRoles> assignAll() {
        List<TaskSet.Task> tasks = plan.tasks();
        if (members.isEmpty()) {
            return Map.of();
        }
        int limit = (tasks.size() + members.size() - 1) / members.size();
        List<TaskSet.Task> left = new ArrayList<>();
        for (TaskSet.Task task : tasks) {
            String former = holder(task, limit, false);
            if (former == null) {
                left.add(task);
            } else {
                give(task, former);
            }
        }
        // Who has a copy of the state goes first: others would have to build it up.
        List<TaskSet.Task> cold = new ArrayList<>();
        for (TaskSet.Task task : left) {
            String warm = holder(task, limit, true);
            if (warm == null) {
                cold.add(task);
            } else {
                give(task, warm);
            }
        }
        cold.forEach(task -> give(task, leastLoaded()));
        for (int copy = 0; copy < standbys; copy++) {
            for (TaskSet.Task task : tasks) {
                if (plan.stateful().contains(task.subtopology())) {
                    copyState(task);
                }
            }
        }
        Map<String, TaskRoles> targets = new HashMap<>();
        for (String member : members.keySet()) {
            targets.put(
                    member,
                    new TaskRoles(
                            TaskSet.of(of(active, member)),
                            TaskSet.of(of(standby, member)),
                            TaskSet.EMPTY));
        }
        return targets;
    }

    /** Who had the task, or a copy of its state, and has room. */
    private @Nullable String holder(TaskSet.Task task, int limit, boolean copies) {
        for (String member : members.keySet()) {
            TaskRoles had = before.getOrDefault(member, TaskRoles.NONE);
            TaskSet tasks = copies ? had.standby() : had.active();
            if (tasks.contains(task) && of(active, member).size() < limit) {
                return member;
            }
        }
        return null;
    }

    private void give(TaskSet.Task task, String member) {
        of(active, member).add(task);
        processes(task).add(processOf(member));
    }

    private void copyState(TaskSet.Task task) {
        String chosen = null;
        for (String member : inOrderOfLoad()) {
            if (processes(task).contains(processOf(member))) {
                continue;
            }
            boolean had = before.getOrDefault(member, TaskRoles.NONE).standby().contains(task);
            if (chosen == null || had) {
                chosen = member;
            }
            if (had) {
                break;
            }
        }
        if (chosen != null) {
            of(standby, chosen).add(task);
            processes(task).add(processOf(chosen));
        }
    }

    private Set<String> processes(TaskSet.Task task) {
        return processesOf.computeIfAbsent(task, same -> new HashSet<>());
    }

    private String processOf(String member) {
        StreamsMember known = members.get(member);
        return known == null ? member : known.profile().processId();
    }

    private String leastLoaded() {
        return inOrderOfLoad().get(0);
    }

    private List<String> inOrderOfLoad() {
        return members.keySet().stream()
                .sorted(
                        Comparator.comparingInt(
                                member -> of(active, member).size() + of(standby, member).size()))
                .toList();
    }

    private static List<TaskSet.Task> of(Map<String, List<TaskSet.Task>> tasks, String member) {
        return tasks.computeIfAbsent(member, same -> new ArrayList<>());
    }
}
