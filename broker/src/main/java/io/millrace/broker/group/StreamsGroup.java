package io.millrace.broker.group;

import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.group.streams.StreamsGroupRecord;
import io.millrace.broker.group.streams.StreamsMember;
import io.millrace.broker.group.streams.StreamsTopology;
import io.millrace.broker.group.streams.TaskRoles;
import io.millrace.broker.group.streams.TopologyPlan;
import io.millrace.protocol.error.ErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * State of one streams group (KIP-1071): the topology of the application, members, epochs, and who
 * has which task. Changes only by {@link #apply}, so that loading the log leads to the same state.
 * Owned by its shard.
 */
final class StreamsGroup implements Group {
    /** What lists show as the members' protocol. */
    static final String PROTOCOL_TYPE = "streams";

    private static final StreamsMember.Profile NO_PROFILE =
            new StreamsMember.Profile(null, "", "", -1, -1, "", null, Map.of());

    private final String id;
    private int epoch;
    private long metadataHash;
    private int assignmentEpoch;
    private @Nullable StreamsTopology topology;
    private final TreeMap<String, StreamsMember> members = new TreeMap<>();
    private final Map<String, TaskRoles> targets = new HashMap<>();

    /** What is not in the log: clocks, what members were told, and work under way. */
    private final Activity activity = new Activity();

    /** What a streams group knows only while this broker leads it. */
    static final class Activity {
        final Map<String, Long> sessionDeadlines = new HashMap<>();
        final Map<String, Integer> revocationRounds = new HashMap<>();
        long plannedAtOffset = -1;
        @Nullable TopologyPlan plan;
        int endpointEpoch;
        boolean shutdownRequested;
    }

    StreamsGroup(String id) {
        this.id = id;
    }

    /** What is told of endpoints changes with the members that have one, and with their tasks. */
    private void noteEndpoints(StreamsMember.@Nullable Profile profile) {
        if (profile != null && profile.endpoint() != null) {
            activity.endpointEpoch++;
        }
    }

    void apply(StreamsGroupRecord record) {
        if (record instanceof StreamsGroupRecord.GroupEpoch changed) {
            epoch = changed.epoch();
            metadataHash = changed.metadataHash();
        } else if (record instanceof StreamsGroupRecord.Topology changed) {
            topology = changed.topology();
            activity.plan = null;
        } else if (record instanceof StreamsGroupRecord.TargetEpoch changed) {
            assignmentEpoch = changed.epoch() == null ? 0 : changed.epoch();
        } else if (record instanceof StreamsGroupRecord.MemberTarget changed) {
            if (changed.target() == null) {
                targets.remove(changed.member());
            } else {
                targets.put(changed.member(), changed.target());
            }
        } else if (record instanceof StreamsGroupRecord.MemberProfile changed) {
            StreamsMember before = members.get(changed.member());
            noteEndpoints(before == null ? null : before.profile());
            noteEndpoints(changed.profile());
            if (changed.profile() == null) {
                members.remove(changed.member());
                activity.sessionDeadlines.remove(changed.member());
                activity.revocationRounds.remove(changed.member());
            } else {
                members.put(changed.member(), known(changed.member()).with(changed.profile()));
            }
        } else if (record instanceof StreamsGroupRecord.MemberProgress changed) {
            noteEndpoints(known(changed.member()).profile());
            if (changed.progress() != null) {
                members.put(changed.member(), known(changed.member()).with(changed.progress()));
            }
        }
    }

    private StreamsMember known(String memberId) {
        StreamsMember member = members.get(memberId);
        return member == null
                ? new StreamsMember(memberId, NO_PROFILE, StreamsMember.Progress.NEW)
                : member;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public GroupKind kind() {
        return GroupKind.STREAMS;
    }

    @Override
    public String stateLabel() {
        if (members.isEmpty()) {
            return "Empty";
        }
        TopologyPlan plan = activity.plan;
        if (plan != null && !plan.problems().isEmpty()) {
            return "NotReady";
        }
        if (epoch > assignmentEpoch) {
            return "Assigning";
        }
        boolean settled =
                members.values().stream()
                        .allMatch(
                                member ->
                                        member.epoch() == assignmentEpoch
                                                && member.progress().state() == MemberState.STABLE);
        return settled ? "Stable" : "Reconciling";
    }

    @Override
    public String protocolTypeLabel() {
        return PROTOCOL_TYPE;
    }

    @Override
    public boolean isEmpty() {
        return members.isEmpty();
    }

    @Override
    public boolean isSubscribedTo(String topic) {
        TopologyPlan plan = activity.plan;
        return !members.isEmpty()
                && (plan == null
                        || plan.sources().values().stream().anyMatch(all -> all.contains(topic)));
    }

    /**
     * A commit of the epoch before is good: a member gives a task up only after it has committed,
     * and nobody else gets the task before.
     */
    @Override
    public ErrorCode checkCommit(Committer who) {
        if ((who.epoch() < 0 && members.isEmpty()) || (who.transactional() && who.isNobody())) {
            return ErrorCode.NONE;
        }
        StreamsMember member = members.get(who.memberId());
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        boolean current =
                who.epoch() >= member.progress().previousEpoch() && who.epoch() <= member.epoch();
        return current ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    }

    @Override
    public ErrorCode checkFetch(@Nullable String memberId, int memberEpoch) {
        if (memberId == null && memberEpoch < 0) {
            return ErrorCode.NONE;
        }
        StreamsMember member = memberId == null ? null : members.get(memberId);
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        return memberEpoch == member.epoch() ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    }

    @Override
    public boolean mayExpire(String topic) {
        return !isSubscribedTo(topic);
    }

    @Override
    public long idleSinceMs() {
        return SINCE_COMMIT;
    }

    int epoch() {
        return epoch;
    }

    long metadataHash() {
        return metadataHash;
    }

    int assignmentEpoch() {
        return assignmentEpoch;
    }

    @Nullable StreamsTopology topology() {
        return topology;
    }

    Collection<StreamsMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    @Nullable StreamsMember member(String memberId) {
        return members.get(memberId);
    }

    TaskRoles target(String memberId) {
        return targets.getOrDefault(memberId, TaskRoles.NONE);
    }

    Map<String, TaskRoles> targets() {
        return Collections.unmodifiableMap(targets);
    }

    Activity activity() {
        return activity;
    }
}
