package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.STREAMS_GROUP_DESCRIBE;
import static io.millrace.protocol.message.ApiKey.STREAMS_GROUP_HEARTBEAT;

import io.millrace.protocol.message.StreamsGroupDescribeRequest;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest.CopartitionGroup;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest.Subtopology;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest.TaskIds;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest.Topology;
import io.millrace.protocol.message.StreamsGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Streams groups (KIP-1071) of one member: who gets which task of several members is each broker's
 * own affair.
 */
final class StreamsGroupSteps {
    private static final int REBALANCE_MS = 60_000;
    private static final int LEAVING = -1;

    private StreamsGroupSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(3, StreamsGroupSteps::join, STREAMS_GROUP_HEARTBEAT),
                Step.of(3, StreamsGroupSteps::beat, STREAMS_GROUP_HEARTBEAT),
                Step.of(2, StreamsGroupSteps::joinWrongly, STREAMS_GROUP_HEARTBEAT),
                Step.of(1, StreamsGroupSteps::leave, STREAMS_GROUP_HEARTBEAT),
                Step.of(3, StreamsGroupSteps::describe, STREAMS_GROUP_DESCRIBE));
    }

    private static final class Group {
        private final String id;
        private final String member;
        private int epoch = LEAVING;
        private List<TaskIds> tasks = new ArrayList<>();

        Group(String id, String member) {
            this.id = id;
            this.member = member;
        }
    }

    private static Group anyGroup(Sequence s) {
        List<Group> groups = s.remembered("streams groups", ArrayList::new);
        if (groups.isEmpty()) {
            groups.add(new Group(s.name("streams"), s.memberId()));
        }
        return s.oneOf(groups);
    }

    private static Subtopology part(String... sources) {
        return new Subtopology().subtopologyId("0").sourceTopics(List.of(sources));
    }

    private static StreamsGroupHeartbeatRequest joining(Group group, Subtopology... parts) {
        return new StreamsGroupHeartbeatRequest()
                .groupId(group.id)
                .memberId(group.member)
                .processId("process")
                .rebalanceTimeoutMs(REBALANCE_MS)
                .topology(new Topology().epoch(1).subtopologies(List.of(parts)))
                .activeTasks(List.of())
                .standbyTasks(List.of())
                .warmupTasks(List.of());
    }

    private static StreamsGroupHeartbeatRequest going(Group group) {
        return new StreamsGroupHeartbeatRequest()
                .groupId(group.id)
                .memberId(group.member)
                .memberEpoch(group.epoch);
    }

    private static void join(Sequence s) {
        Group group = anyGroup(s);
        if (group.epoch >= 0) {
            return;
        }
        String source = s.chance(85) ? TopicSteps.any(s).name : s.name("none");
        take(group, s.ask(joining(group, part(source))));
    }

    private static void take(Group group, StreamsGroupHeartbeatResponse answer) {
        if (answer.errorCode() != 0) {
            return;
        }
        group.epoch = answer.memberEpoch();
        if (answer.activeTasks() != null) {
            group.tasks = new ArrayList<>();
            answer.activeTasks()
                    .forEach(
                            of ->
                                    group.tasks.add(
                                            new TaskIds()
                                                    .subtopologyId(of.subtopologyId())
                                                    .partitions(of.partitions())));
        }
    }

    private static void beat(Sequence s) {
        Group group = anyGroup(s);
        if (group.epoch < 0) {
            s.ask(going(group).memberEpoch(s.oneOf(1, -1, 5)));
            return;
        }
        StreamsGroupHeartbeatRequest request = going(group);
        if (s.chance(50)) {
            request.activeTasks(group.tasks).standbyTasks(List.of()).warmupTasks(List.of());
        }
        switch (s.random.nextInt(8)) {
            case 0 -> request.memberEpoch(group.epoch + s.oneOf(1, 7));
            case 1 -> request.memberId("nobody");
            case 2 -> request.groupId(s.oneOf("", s.name("streams")));
            case 3 -> request.processId("other");
            default -> {
                // As it should be.
            }
        }
        boolean isItself =
                request.groupId().equals(group.id) && request.memberId().equals(group.member);
        StreamsGroupHeartbeatResponse answer = s.ask(request);
        if (isItself) {
            take(group, answer);
        }
    }

    private static void joinWrongly(Sequence s) {
        Group group = new Group(s.name("refused"), s.memberId());
        String source = TopicSteps.any(s).name;
        StreamsGroupHeartbeatRequest request = joining(group, part(source));
        switch (s.random.nextInt(12)) {
            case 0 -> request.groupId("");
            case 1 -> request.memberId("");
            case 2 -> request.rebalanceTimeoutMs(-1);
            case 3 -> request.topology(null);
            case 4 -> request.processId(null);
            case 5 -> request.activeTasks(null);
            case 6 -> request.activeTasks(List.of(new TaskIds().subtopologyId("0")));
            case 7 -> request.memberEpoch(s.oneOf(-3, -1, 1));
            case 8 -> request.topology(new Topology().epoch(s.oneOf(-1, 1)));
            case 9 ->
                    request.topology()
                            .subtopologies()
                            .get(0)
                            .copartitionGroups(
                                    List.of(
                                            new CopartitionGroup()
                                                    .sourceTopics(
                                                            List.of(
                                                                    s.oneOf(
                                                                            (short) 0,
                                                                            (short) 3,
                                                                            (short) -1)))));
            case 10 -> request.topology().subtopologies().get(0).sourceTopicRegex(List.of("("));
            default -> request.groupId(GroupSteps.anyGroup(s).id).memberEpoch(1).topology(null);
        }
        s.ask(request);
    }

    private static void leave(Sequence s) {
        Group group = anyGroup(s);
        if (group.epoch >= 0) {
            s.ask(going(group).memberEpoch(LEAVING));
            group.epoch = LEAVING;
        }
    }

    private static void describe(Sequence s) {
        List<String> ids = new ArrayList<>(List.of(anyGroup(s).id));
        if (s.chance(25)) {
            ids.add(s.chance(70) ? GroupSteps.anyGroup(s).id : s.oneOf(s.name("none"), ""));
        }
        s.ask(
                new StreamsGroupDescribeRequest()
                        .groupIds(ids)
                        .includeAuthorizedOperations(s.chance(40)));
    }
}
