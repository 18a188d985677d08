package io.millrace.broker.group;

import io.millrace.protocol.error.ErrorCode;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * State of one group of the classic protocol: who its members are and which generation they are in.
 * Holds the invariants between members, static ids and leader; when to change state is decided by
 * {@link Rebalance}. Owned by its shard.
 */
final class ClassicGroup implements Group {
    /** Protocol type of consumers. */
    static final String CONSUMER_TYPE = "consumer";

    private final String id;
    private GroupState state = GroupState.EMPTY;
    private long stateSinceMs;
    private int generation;
    private @Nullable String protocolType;
    private @Nullable String protocol;
    private @Nullable String leaderId;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Map<String, String> staticIds = new HashMap<>();

    /** Ids given out by MEMBER_ID_REQUIRED whose owners have not come back yet. */
    private final Set<String> pendingJoin = new LinkedHashSet<>();

    /** Members of this generation that have not synced yet. */
    private final Set<String> pendingSync = new LinkedHashSet<>();

    /** Counts rebalances, so that a timer of an earlier one does nothing. */
    private long rebalanceRound;

    private boolean initialDelay;
    private boolean newMemberDuringDelay;

    ClassicGroup(String id, long nowWallMs) {
        this.id = id;
        this.stateSinceMs = nowWallMs;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public GroupKind kind() {
        return GroupKind.CLASSIC;
    }

    @Override
    public String stateLabel() {
        return state.label();
    }

    @Override
    public String protocolTypeLabel() {
        return protocolType == null ? "" : protocolType;
    }

    @Override
    public boolean isEmpty() {
        return state == GroupState.EMPTY;
    }

    /** Whether its members are consumers, rather than for example Connect workers. */
    boolean isOfConsumers() {
        return CONSUMER_TYPE.equals(protocolType);
    }

    @Override
    public boolean isSubscribedTo(String topic) {
        return isOfConsumers()
                && members.values().stream()
                        .flatMap(member -> member.protocols().stream())
                        .anyMatch(
                                offered ->
                                        ClassicSubscription.topicsOf(offered.metadata())
                                                .contains(topic));
    }

    private boolean subscriptionsAreKnown() {
        return members.values().stream()
                .allMatch(
                        member -> ClassicSubscription.read(member.metadata(protocol)).isPresent());
    }

    @Override
    public ErrorCode checkCommit(Committer who) {
        if (isEmpty() && who.epoch() < 0) {
            // A consumer that assigns itself, beside no members, or an administrator.
            return ErrorCode.NONE;
        }
        if (who.isNobody()) {
            return who.transactional() ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
        }
        ErrorCode problem = checkGeneration(who.memberId(), who.instanceId(), who.epoch());
        if (problem == ErrorCode.NONE
                && !who.transactional()
                && state == GroupState.COMPLETING_REBALANCE) {
            return ErrorCode.REBALANCE_IN_PROGRESS;
        }
        return problem;
    }

    @Override
    public ErrorCode checkFetch(@Nullable String memberId, int epoch) {
        return ErrorCode.NONE;
    }

    @Override
    public boolean mayExpire(String topic) {
        return switch (state) {
            case EMPTY -> pendingJoin.isEmpty();
            // KIP-211: what consumers no longer read ages although they go on with other topics.
            case STABLE -> isOfConsumers() && subscriptionsAreKnown() && !isSubscribedTo(topic);
            case PREPARING_REBALANCE, COMPLETING_REBALANCE, DEAD -> false;
        };
    }

    @Override
    public long idleSinceMs() {
        // A group without a type never had members: each of its offsets ages on its own.
        return isEmpty() && protocolType != null ? stateSinceMs : SINCE_COMMIT;
    }

    /** Whether the caller is a member of the present generation. */
    ErrorCode checkGeneration(String memberId, @Nullable String instanceId, int asked) {
        ErrorCode problem = checkMember(memberId, instanceId);
        if (problem != ErrorCode.NONE) {
            return problem;
        }
        return asked == generation ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
    }

    /** Whether the caller is a member, and the one that its instance id belongs to. */
    ErrorCode checkMember(String memberId, @Nullable String instanceId) {
        if (instanceId != null) {
            Member member = staticMember(instanceId);
            if (member == null) {
                return ErrorCode.UNKNOWN_MEMBER_ID;
            }
            return member.id().equals(memberId) ? ErrorCode.NONE : ErrorCode.FENCED_INSTANCE_ID;
        }
        return members.containsKey(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
    }

    GroupState state() {
        return state;
    }

    boolean is(GroupState asked) {
        return state == asked;
    }

    void moveTo(GroupState next, long nowWallMs) {
        state = next;
        stateSinceMs = nowWallMs;
    }

    /** Wall clock of the last change of state. */
    long stateSinceMs() {
        return stateSinceMs;
    }

    int generation() {
        return generation;
    }

    Optional<String> protocolType() {
        return Optional.ofNullable(protocolType);
    }

    /** How partitions are assigned in this generation; null while there is none. */
    @Nullable String protocol() {
        return protocol;
    }

    @Nullable String leaderId() {
        return leaderId;
    }

    boolean isLeader(String memberId) {
        return memberId.equals(leaderId);
    }

    Collection<Member> members() {
        return members.values();
    }

    @Nullable Member member(String memberId) {
        return members.get(memberId);
    }

    @Nullable Member staticMember(String instanceId) {
        String memberId = staticIds.get(instanceId);
        return memberId == null ? null : members.get(memberId);
    }

    Set<String> pendingJoin() {
        return pendingJoin;
    }

    Set<String> pendingSync() {
        return pendingSync;
    }

    long rebalanceRound() {
        return rebalanceRound;
    }

    long nextRebalanceRound() {
        return ++rebalanceRound;
    }

    boolean initialDelay() {
        return initialDelay;
    }

    void initialDelay(boolean value) {
        initialDelay = value;
    }

    boolean takeNewMemberDuringDelay() {
        boolean seen = newMemberDuringDelay;
        newMemberDuringDelay = false;
        return seen;
    }

    void add(Member member, String type) {
        if (members.isEmpty()) {
            protocolType = type;
        }
        members.put(member.id(), member);
        member.instanceId().ifPresent(instance -> staticIds.put(instance, member.id()));
        if (leaderId == null) {
            leaderId = member.id();
        }
        pendingJoin.remove(member.id());
        newMemberDuringDelay = true;
    }

    void remove(Member member) {
        members.remove(member.id());
        member.instanceId().ifPresent(instance -> staticIds.remove(instance, member.id()));
        pendingSync.remove(member.id());
        if (isLeader(member.id())) {
            leaderId = members.isEmpty() ? null : members.keySet().iterator().next();
        }
    }

    /** A static member came back under a new id: it takes the old one's place. */
    void replaceStatic(Member member, Member.Profile profile) {
        String oldId = member.id();
        members.remove(oldId);
        pendingSync.remove(oldId);
        member.update(profile);
        members.put(member.id(), member);
        member.instanceId().ifPresent(instance -> staticIds.put(instance, member.id()));
        if (oldId.equals(leaderId)) {
            leaderId = member.id();
        }
    }

    /**
     * If the leader has not rejoined, the first member that has becomes leader; false if none has.
     */
    boolean electJoinedLeader() {
        Member leader = leaderId == null ? null : members.get(leaderId);
        if (leader != null && leader.isAwaitingJoin()) {
            return true;
        }
        for (Member member : members.values()) {
            if (member.isAwaitingJoin()) {
                leaderId = member.id();
                return true;
            }
        }
        return false;
    }

    boolean allJoined() {
        return pendingJoin.isEmpty() && members.values().stream().allMatch(Member::isAwaitingJoin);
    }

    /** The longest time any member allows for a rebalance. */
    int rebalanceTimeoutMs() {
        return members.values().stream().mapToInt(Member::rebalanceTimeoutMs).max().orElse(0);
    }

    /** Whether a newcomer has a protocol in common with all members. */
    boolean accepts(String type, List<Member.Protocol> offered) {
        if (members.isEmpty()) {
            return !type.isEmpty() && !offered.isEmpty();
        }
        return type.equals(protocolType)
                && offered.stream().anyMatch(candidate -> allSupport(candidate.name()));
    }

    /**
     * The protocol that every member supports and most members prefer; ties go to the one named
     * first by the earliest member.
     */
    String selectProtocol() {
        Map<String, Integer> votes = new LinkedHashMap<>();
        for (Member member : members.values()) {
            for (Member.Protocol candidate : member.protocols()) {
                if (allSupport(candidate.name())) {
                    votes.merge(candidate.name(), 1, Integer::sum);
                    break;
                }
            }
        }
        return votes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "group " + id + ": members share no protocol"));
    }

    /** Starts the next generation with those who are members now. */
    void nextGeneration(long nowWallMs) {
        generation++;
        pendingSync.clear();
        if (members.isEmpty()) {
            protocol = null;
            leaderId = null;
            moveTo(GroupState.EMPTY, nowWallMs);
        } else {
            protocol = selectProtocol();
            pendingSync.addAll(members.keySet());
            moveTo(GroupState.COMPLETING_REBALANCE, nowWallMs);
        }
    }

    /** Takes over what the log says about the group, while loading. */
    void restore(GroupRecords.Snapshot snapshot) {
        generation = snapshot.generation();
        protocolType = snapshot.protocolType().isEmpty() ? null : snapshot.protocolType();
        protocol = snapshot.protocol();
        members.clear();
        staticIds.clear();
        leaderId = snapshot.leader();
        for (Member member : snapshot.members()) {
            members.put(member.id(), member);
            member.instanceId().ifPresent(instance -> staticIds.put(instance, member.id()));
        }
        state = members.isEmpty() ? GroupState.EMPTY : GroupState.STABLE;
        stateSinceMs = snapshot.stateSinceMs();
    }

    private boolean allSupport(String name) {
        return members.values().stream().allMatch(member -> member.supports(name));
    }
}
