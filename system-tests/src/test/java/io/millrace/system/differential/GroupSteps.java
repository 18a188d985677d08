package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.DELETE_GROUPS;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_GROUPS;
import static io.millrace.protocol.message.ApiKey.FIND_COORDINATOR;
import static io.millrace.protocol.message.ApiKey.HEARTBEAT;
import static io.millrace.protocol.message.ApiKey.JOIN_GROUP;
import static io.millrace.protocol.message.ApiKey.LEAVE_GROUP;
import static io.millrace.protocol.message.ApiKey.LIST_GROUPS;
import static io.millrace.protocol.message.ApiKey.SYNC_GROUP;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiMessage;
import io.millrace.protocol.message.ConsumerProtocolAssignment;
import io.millrace.protocol.message.ConsumerProtocolSubscription;
import io.millrace.protocol.message.DeleteGroupsRequest;
import io.millrace.protocol.message.DescribeGroupsRequest;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupRequest.JoinGroupRequestProtocol;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.millrace.protocol.message.ListGroupsRequest;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.message.SyncGroupRequest;
import io.millrace.protocol.message.SyncGroupRequest.SyncGroupRequestAssignment;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;

/** Classic groups: members join, sync, beat and leave; groups are described and deleted. */
final class GroupSteps {
    private static final int SESSION_MS = 30_000;
    private static final int REBALANCE_MS = 60_000;
    private static final int MOST_MEMBERS = 3;
    private static final String GROUPS = "classic groups";

    private GroupSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(5, GroupSteps::join, JOIN_GROUP, SYNC_GROUP, HEARTBEAT, LEAVE_GROUP),
                Step.of(2, GroupSteps::joinWrongly, JOIN_GROUP),
                Step.of(4, GroupSteps::heartbeat, HEARTBEAT, JOIN_GROUP),
                Step.of(2, GroupSteps::syncWrongly, SYNC_GROUP, JOIN_GROUP),
                Step.of(3, GroupSteps::leave, LEAVE_GROUP, JOIN_GROUP),
                Step.of(3, GroupSteps::describe, DESCRIBE_GROUPS),
                Step.of(3, GroupSteps::list, LIST_GROUPS),
                Step.of(2, GroupSteps::delete, DELETE_GROUPS),
                Step.of(3, GroupSteps::findCoordinator, FIND_COORDINATOR));
    }

    /** A group as its members know it. */
    static final class Group {
        final String id;
        final List<Member> members = new ArrayList<>();
        int generation = -1;

        Group(String id) {
            this.id = id;
        }
    }

    /** A member with a connection of its own, since joining blocks. */
    static final class Member {
        final int line;
        final String instance;
        String id = "";

        Member(int line, String instance) {
            this.line = line;
            this.instance = instance;
        }
    }

    static List<Group> groups(Sequence s) {
        return s.remembered(GROUPS, ArrayList::new);
    }

    /** A group of this sequence: with members, without, or one that nobody ever used. */
    static Group anyGroup(Sequence s) {
        List<Group> groups = groups(s);
        if (groups.isEmpty() || (groups.size() < 2 && s.chance(20))) {
            groups.add(new Group(s.name("group")));
        }
        return s.oneOf(groups);
    }

    private static JoinGroupRequest request(Group group, Member member) {
        return new JoinGroupRequest()
                .groupId(group.id)
                .memberId(member.id)
                .groupInstanceId(member.instance)
                .sessionTimeoutMs(SESSION_MS)
                .rebalanceTimeoutMs(REBALANCE_MS)
                .protocolType("consumer")
                .protocols(
                        List.of(
                                new JoinGroupRequestProtocol()
                                        .name("range")
                                        .metadata(subscription(member)),
                                new JoinGroupRequestProtocol()
                                        .name("roundrobin")
                                        .metadata(subscription(member))));
    }

    /** Apache Kafka reads what consumers subscribe to, and never answers when it cannot. */
    private static byte[] subscription(Member member) {
        short version = (short) (member.line % 3);
        return consumerProtocol(
                new ConsumerProtocolSubscription().topics(List.of("topic-" + member.line)),
                version);
    }

    private static byte[] consumerProtocol(ApiMessage message, short version) {
        MessageSink sink = MessageSink.onHeap();
        sink.writeInt16(version);
        message.write(sink, version);
        return ByteBufUtil.getBytes(sink.toBuffer());
    }

    private static byte[] assignment(Member member) {
        return consumerProtocol(
                new ConsumerProtocolAssignment().userData(Batches.text("part " + member.line)),
                (short) 0);
    }

    /** A newcomer joins, the others join again, and all get their part. */
    private static void join(Sequence s) {
        Group group = anyGroup(s);
        if (group.members.size() >= MOST_MEMBERS) {
            return;
        }
        int line = s.remembered("lines", () -> new int[] {1})[0]++;
        boolean isStatic = s.chance(25) && s.serves(JOIN_GROUP, 5, 99);
        Member newcomer = new Member(line, isStatic ? s.name("instance") : null);
        short version = s.version(JOIN_GROUP, isStatic ? 5 : 0, 99);
        List<Sequence.Pending<JoinGroupResponse>> joins = new ArrayList<>();
        Sequence.Pending<JoinGroupResponse> first =
                s.start(newcomer.line, request(group, newcomer), version);
        if (group.members.isEmpty() || (version >= 4 && !isStatic)) {
            JoinGroupResponse response = first.answer();
            newcomer.id = response.memberId();
            if (response.errorCode() == ErrorCode.MEMBER_ID_REQUIRED.code()) {
                if (s.chance(5)) {
                    // Never comes back, so that whoever joins now waits for it: nobody shall.
                    groups(s).remove(group);
                    describe(s, group);
                    return;
                }
                first = s.start(newcomer.line, request(group, newcomer), version);
                if (group.members.isEmpty()) {
                    response = first.answer();
                }
            }
            if (group.members.isEmpty()) {
                joined(s, group, newcomer, response);
                return;
            }
        }
        joins.add(first);
        rejoin(s, group, newcomer, joins);
    }

    private static void joined(Sequence s, Group group, Member only, JoinGroupResponse response) {
        if (response.errorCode() != 0) {
            groups(s).remove(group);
            return;
        }
        only.id = response.memberId();
        group.members.add(only);
        group.generation = response.generationId();
        sync(s, group, only.id);
    }

    private static void rejoin(
            Sequence s,
            Group group,
            Member newcomer,
            List<Sequence.Pending<JoinGroupResponse>> joins) {
        List<Member> waiting = new ArrayList<>(List.of(newcomer));
        for (Member member : group.members) {
            // Its heartbeat tells when the group has seen the newcomer.
            s.askUntil(
                    member.line,
                    heartbeatOf(group, member),
                    s.version(HEARTBEAT, member.instance == null ? 0 : 3, 99),
                    response -> response.errorCode() == ErrorCode.REBALANCE_IN_PROGRESS.code());
        }
        for (Member member : group.members) {
            joins.add(
                    s.start(
                            member.line,
                            request(group, member),
                            s.version(JOIN_GROUP, member.instance == null ? 0 : 5, 99)));
            waiting.add(member);
        }
        group.members.clear();
        String leader = "";
        for (int i = 0; i < joins.size(); i++) {
            JoinGroupResponse response = joins.get(i).answer();
            Member member = waiting.get(i);
            if (response.errorCode() == 0) {
                member.id = response.memberId();
                group.members.add(member);
                group.generation = response.generationId();
                leader = response.leader();
            }
        }
        if (group.members.size() < waiting.size()) {
            // Not all are where we think they are: its next rebalance would wait for them.
            groups(s).remove(group);
        }
        if (!group.members.isEmpty()) {
            sync(s, group, leader);
        }
    }

    private static void sync(Sequence s, Group group, String leader) {
        if (s.chance(7)) {
            // Left in the middle: CompletingRebalance.
            return;
        }
        List<SyncGroupRequestAssignment> assignments = new ArrayList<>();
        for (Member member : group.members) {
            assignments.add(
                    new SyncGroupRequestAssignment()
                            .memberId(member.id)
                            .assignment(assignment(member)));
        }
        List<Sequence.Pending<?>> pending = new ArrayList<>();
        for (Member member : group.members) {
            pending.add(
                    s.start(
                            member.line,
                            syncOf(group, member)
                                    .assignments(
                                            member.id.equals(leader) ? assignments : List.of()),
                            s.version(SYNC_GROUP, member.instance == null ? 0 : 3, 99)));
        }
        pending.forEach(Sequence.Pending::answer);
    }

    private static SyncGroupRequest syncOf(Group group, Member member) {
        return new SyncGroupRequest()
                .groupId(group.id)
                .generationId(group.generation)
                .memberId(member.id)
                .groupInstanceId(member.instance)
                .protocolType("consumer")
                .protocolName("range");
    }

    private static HeartbeatRequest heartbeatOf(Group group, Member member) {
        return new HeartbeatRequest()
                .groupId(group.id)
                .generationId(group.generation)
                .memberId(member.id)
                .groupInstanceId(member.instance);
    }

    private static void joinWrongly(Sequence s) {
        Group group = new Group(s.name("refused"));
        JoinGroupRequest request = request(group, new Member(0, null));
        switch (s.random.nextInt(7)) {
            case 0 -> request.groupId("");
            case 1 -> request.sessionTimeoutMs(s.oneOf(0, 1, -1, Integer.MAX_VALUE));
            case 2 -> request.memberId("nobody");
            case 3 -> request.protocols(List.of());
            case 4 -> request.protocolType("");
            case 5 -> request.groupInstanceId("i").memberId("nobody");
            default -> {
                Group other = anyGroup(s);
                if (other.members.isEmpty()) {
                    return;
                }
                // A protocol that the members there do not know.
                request.groupId(other.id)
                        .protocols(
                                List.of(
                                        new JoinGroupRequestProtocol()
                                                .name("unheard")
                                                .metadata(subscription(other.members.get(0)))));
            }
        }
        s.ask(request);
    }

    private static void heartbeat(Sequence s) {
        Group group = anyGroup(s);
        if (group.members.isEmpty()) {
            s.ask(heartbeatOf(group, new Member(0, null)));
            return;
        }
        Member member = s.oneOf(group.members);
        HeartbeatRequest request = heartbeatOf(group, member);
        if (s.chance(30)) {
            switch (s.random.nextInt(5)) {
                case 0 -> request.generationId(group.generation + s.oneOf(1, -1));
                case 1 -> request.memberId("nobody");
                case 2 -> request.groupId(s.oneOf("", s.name("group")));
                case 3 -> request.groupInstanceId("other");
                default -> request.memberId("");
            }
        }
        s.ask(member.line, request, s.version(HEARTBEAT));
    }

    private static void syncWrongly(Sequence s) {
        Group group = anyGroup(s);
        if (group.members.isEmpty()) {
            s.ask(syncOf(group, new Member(0, null)));
            return;
        }
        Member member = s.oneOf(group.members);
        SyncGroupRequest request = syncOf(group, member);
        switch (s.random.nextInt(6)) {
            case 0 -> request.generationId(group.generation + s.oneOf(1, -1));
            case 1 -> request.memberId("nobody");
            case 2 -> request.protocolType("connect");
            case 3 -> request.protocolName("roundrobin");
            case 4 -> request.groupInstanceId("other");
            default -> request.groupId("");
        }
        int lowest = request.generationId() == group.generation ? 5 : 0;
        if (s.serves(SYNC_GROUP, lowest, 99)) {
            s.ask(member.line, request, s.version(SYNC_GROUP, lowest, 99));
        }
    }

    private static void leave(Sequence s) {
        Group group = anyGroup(s);
        short version = s.version(LEAVE_GROUP);
        if (group.members.isEmpty() || s.chance(25)) {
            s.ask(
                    leaving(
                            version,
                            group.id,
                            new MemberIdentity().memberId(s.oneOf("nobody", ""))),
                    version);
            return;
        }
        Member member = s.oneOf(group.members);
        boolean byInstance = member.instance != null && version >= 3;
        MemberIdentity identity =
                byInstance
                        ? new MemberIdentity().memberId("").groupInstanceId(member.instance)
                        : new MemberIdentity().memberId(member.id);
        var response =
                s.ask(member.line, leaving(version, group.id, identity.reason("enough")), version);
        if (response.errorCode() != 0) {
            return;
        }
        group.members.remove(member);
        // The others have to join again; they do so when the next one comes, or now and then not.
        if (!group.members.isEmpty() && s.chance(80)) {
            Member first = group.members.remove(0);
            s.askUntil(
                    first.line,
                    heartbeatOf(group, first),
                    s.version(HEARTBEAT, first.instance == null ? 0 : 3, 99),
                    beat -> beat.errorCode() != 0);
            List<Sequence.Pending<JoinGroupResponse>> joins = new ArrayList<>();
            joins.add(
                    s.start(
                            first.line,
                            request(group, first),
                            s.version(JOIN_GROUP, first.instance == null ? 0 : 5, 99)));
            rejoin(s, group, first, joins);
        }
    }

    private static LeaveGroupRequest leaving(short version, String group, MemberIdentity identity) {
        LeaveGroupRequest request = new LeaveGroupRequest().groupId(group);
        return version < 3
                ? request.memberId(identity.memberId())
                : request.members(List.of(identity));
    }

    private static void describe(Sequence s, Group group) {
        s.ask(new DescribeGroupsRequest().groups(List.of(group.id)));
    }

    private static void describe(Sequence s) {
        List<String> ids = new ArrayList<>(List.of(anyGroup(s).id));
        if (s.chance(20)) {
            ids.add(s.name("group"));
        }
        s.ask(new DescribeGroupsRequest().groups(ids).includeAuthorizedOperations(s.chance(40)));
    }

    private static void list(Sequence s) {
        s.ask(
                new ListGroupsRequest()
                        .statesFilter(
                                s.oneOf(
                                        List.of(),
                                        List.of(),
                                        List.of("Stable"),
                                        List.of("Empty", "stable"),
                                        List.of("Nonsense")))
                        .typesFilter(
                                s.oneOf(
                                        List.of(),
                                        List.of(),
                                        List.of("classic"),
                                        List.of("Consumer"),
                                        List.of("nonsense"))));
    }

    private static void delete(Sequence s) {
        Group group = anyGroup(s);
        String id = s.chance(80) ? group.id : s.name("group");
        s.ask(new DeleteGroupsRequest().groupsNames(List.of(id)));
        if (group.members.isEmpty() && id.equals(group.id)) {
            group.generation = -1;
        }
    }

    private static void findCoordinator(Sequence s) {
        short version = s.version(FIND_COORDINATOR);
        String key = s.chance(85) ? anyGroup(s).id : "";
        byte type = s.chance(90) ? (byte) 0 : s.oneOf((byte) 1, (byte) 2, (byte) 9);
        FindCoordinatorRequest request = new FindCoordinatorRequest().keyType(type);
        s.ask(
                version < 4
                        ? request.key(key)
                        : request.coordinatorKeys(
                                s.chance(90) ? List.of(key) : List.of(key, s.name("group"))),
                version);
    }
}
