package io.millrace.broker.group;

import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.consumer.ConsumerGroupRecord;
import io.millrace.broker.group.consumer.ConsumerMember;
import io.millrace.broker.group.consumer.ConsumerMember.Profile;
import io.millrace.broker.group.consumer.ConsumerMember.Progress;
import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.group.consumer.ResolvedRegex;
import io.millrace.protocol.error.ErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * State of one group of the consumer protocol (KIP-848): members, the epoch that counts changes of
 * what they ask for, the target assignment made for an epoch, and who has which partition now.
 * Changes only by {@link #apply}, so that loading the log leads to the same state. Owned by its
 * shard.
 */
final class ConsumerGroup implements Group {
    /** From this version on commits carry a member epoch. */
    private static final int FIRST_COMMIT_VERSION_WITH_MEMBER_EPOCH = 9;

    private final String id;
    private int epoch;
    private long metadataHash;
    private int assignmentEpoch;
    private long assignedAtMs;
    private final TreeMap<String, ConsumerMember> members = new TreeMap<>();
    private final Map<String, String> staticIds = new HashMap<>();
    private final Map<String, PartitionSet> targets = new HashMap<>();
    private final Map<UUID, Map<Integer, String>> owners = new HashMap<>();
    private final Map<String, ResolvedRegex> regexes = new HashMap<>();

    /** How many members name a topic. */
    private final TreeMap<String, Integer> topicUsers = new TreeMap<>();

    private final Map<String, Integer> regexUsers = new HashMap<>();

    /** What is not in the log: clocks and work under way. */
    private final ConsumerGroupActivity activity = new ConsumerGroupActivity();

    ConsumerGroup(String id) {
        this.id = id;
    }

    void apply(ConsumerGroupRecord record) {
        if (record instanceof ConsumerGroupRecord.GroupEpoch changed) {
            epoch = changed.epoch();
            metadataHash = changed.metadataHash();
        } else if (record instanceof ConsumerGroupRecord.MemberProfile changed) {
            applyProfile(changed.member(), changed.profile());
        } else if (record instanceof ConsumerGroupRecord.MemberProgress changed) {
            applyProgress(changed.member(), changed.progress());
        } else if (record instanceof ConsumerGroupRecord.TargetEpoch changed) {
            assignmentEpoch = changed.epoch();
            assignedAtMs = changed.assignedAtMs();
        } else if (record instanceof ConsumerGroupRecord.MemberTarget changed) {
            PartitionSet target = changed.target();
            if (target == null) {
                targets.remove(changed.member());
            } else {
                targets.put(changed.member(), target);
            }
        } else if (record instanceof ConsumerGroupRecord.Regex changed) {
            ResolvedRegex resolved = changed.resolved();
            if (resolved == null) {
                regexes.remove(changed.regex());
            } else {
                regexes.put(changed.regex(), resolved);
            }
        }
    }

    private void applyProfile(String memberId, @Nullable Profile profile) {
        ConsumerMember before = members.get(memberId);
        if (before != null) {
            before.profile().topics().forEach(topic -> count(topicUsers, topic, -1));
            countRegex(before.profile(), -1);
            String instance = before.profile().instanceId();
            if (instance != null) {
                staticIds.remove(instance, memberId);
            }
        }
        if (profile == null) {
            if (before != null) {
                own(before, -1);
                members.remove(memberId);
            }
            return;
        }
        profile.topics().forEach(topic -> count(topicUsers, topic, 1));
        countRegex(profile, 1);
        String instance = profile.instanceId();
        if (instance != null) {
            staticIds.put(instance, memberId);
        }
        members.put(
                memberId,
                before == null
                        ? new ConsumerMember(memberId, profile, Progress.NEW)
                        : before.with(profile));
    }

    /** A member's progress may stand in the log before its profile, when that was changed later. */
    private void applyProgress(String memberId, @Nullable Progress progress) {
        ConsumerMember before = members.get(memberId);
        if (before != null) {
            own(before, -1);
        } else if (progress == null) {
            return;
        }
        ConsumerMember base =
                before == null ? new ConsumerMember(memberId, Profile.NONE, Progress.NEW) : before;
        ConsumerMember after = base.with(progress == null ? Progress.NEW : progress);
        members.put(memberId, after);
        own(after, 1);
    }

    private void own(ConsumerMember member, int direction) {
        member.progress()
                .held()
                .forEach(
                        (topic, partition) -> {
                            Map<Integer, String> ofTopic =
                                    owners.computeIfAbsent(topic, id -> new HashMap<>());
                            if (direction > 0) {
                                ofTopic.put(partition, member.id());
                            } else {
                                ofTopic.remove(partition, member.id());
                                if (ofTopic.isEmpty()) {
                                    owners.remove(topic);
                                }
                            }
                        });
    }

    private void countRegex(Profile profile, int by) {
        if (profile.hasRegex()) {
            count(regexUsers, profile.regex(), by);
        }
    }

    private static void count(Map<String, Integer> users, String key, int by) {
        int now = users.merge(key, by, Integer::sum);
        if (now <= 0) {
            users.remove(key);
        }
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public GroupKind kind() {
        return GroupKind.CONSUMER;
    }

    @Override
    public String stateLabel() {
        if (members.isEmpty()) {
            return "Empty";
        }
        if (epoch > assignmentEpoch) {
            return "Assigning";
        }
        boolean settled =
                members.values().stream().allMatch(member -> member.isSettledIn(assignmentEpoch));
        return settled ? "Stable" : "Reconciling";
    }

    @Override
    public String protocolTypeLabel() {
        return ClassicGroup.CONSUMER_TYPE;
    }

    @Override
    public boolean isEmpty() {
        return members.isEmpty();
    }

    @Override
    public boolean isSubscribedTo(String topic) {
        return topicUsers.containsKey(topic)
                || regexUsers.keySet().stream()
                        .map(regexes::get)
                        .anyMatch(
                                resolved -> resolved != null && resolved.topics().contains(topic));
    }

    @Override
    public ErrorCode checkCommit(Committer who) {
        if (who.epoch() < 0 && members.isEmpty()) {
            return ErrorCode.NONE;
        }
        if (who.transactional() && who.isNobody()) {
            return ErrorCode.NONE;
        }
        ConsumerMember member = members.get(who.memberId());
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        if (member.isClassic()) {
            return who.epoch() == member.epoch() ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
        }
        if (!who.transactional() && who.version() < FIRST_COMMIT_VERSION_WITH_MEMBER_EPOCH) {
            return ErrorCode.UNSUPPORTED_VERSION;
        }
        // An older epoch may still be good for partitions that the member has had all along.
        return who.epoch() > member.epoch() || who.epoch() < 0
                ? ErrorCode.STALE_MEMBER_EPOCH
                : ErrorCode.NONE;
    }

    @Override
    public ErrorCode checkCommit(Committer who, UUID topicId, int partition) {
        ConsumerMember member = members.get(who.memberId());
        if (member == null || who.epoch() == member.epoch()) {
            return ErrorCode.NONE;
        }
        int since =
                member.progress()
                        .assigned()
                        .epochOf(topicId, partition)
                        .orElseGet(
                                () ->
                                        member.progress()
                                                .revoking()
                                                .epochOf(topicId, partition)
                                                .orElse(Integer.MAX_VALUE));
        return who.epoch() >= since ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH;
    }

    @Override
    public ErrorCode checkFetch(@Nullable String memberId, int memberEpoch) {
        if (memberId == null && memberEpoch < 0) {
            return ErrorCode.NONE;
        }
        ConsumerMember member = memberId == null ? null : members.get(memberId);
        if (member == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
        }
        if (memberEpoch == member.epoch()) {
            return ErrorCode.NONE;
        }
        return member.isClassic() ? ErrorCode.ILLEGAL_GENERATION : ErrorCode.STALE_MEMBER_EPOCH;
    }

    @Override
    public boolean mayExpire(String topic) {
        return !isSubscribedTo(topic);
    }

    @Override
    public long idleSinceMs() {
        return SINCE_COMMIT;
    }

    /** Counts the changes of what the members ask for and of the topics they read. */
    int epoch() {
        return epoch;
    }

    /** Hash of the topics that the epoch was made with. */
    long metadataHash() {
        return metadataHash;
    }

    /** Epoch that the targets belong to. */
    int assignmentEpoch() {
        return assignmentEpoch;
    }

    /** Wall clock of the targets; 0 if there never were any. */
    long assignedAtMs() {
        return assignedAtMs;
    }

    Collection<ConsumerMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    int size() {
        return members.size();
    }

    @Nullable ConsumerMember member(String memberId) {
        return members.get(memberId);
    }

    @Nullable ConsumerMember staticMember(String instanceId) {
        String memberId = staticIds.get(instanceId);
        return memberId == null ? null : members.get(memberId);
    }

    PartitionSet target(String memberId) {
        return targets.getOrDefault(memberId, PartitionSet.EMPTY);
    }

    /** Ids of all that have a target, members or not. */
    Set<String> targeted() {
        return Collections.unmodifiableSet(targets.keySet());
    }

    /** Who has the partition and has not given it up; null for nobody. */
    @Nullable String ownerOf(UUID topic, int partition) {
        return owners.getOrDefault(topic, Map.of()).get(partition);
    }

    Map<String, ResolvedRegex> regexes() {
        return Collections.unmodifiableMap(regexes);
    }

    /** The expressions that members use now. */
    Set<String> regexesInUse() {
        return Collections.unmodifiableSet(regexUsers.keySet());
    }

    /** Everything anybody reads, in order: topics named and topics found by expressions. */
    Set<String> subscribedTopics() {
        if (regexUsers.isEmpty()) {
            return Collections.unmodifiableSet(topicUsers.keySet());
        }
        Set<String> all = new TreeSet<>(topicUsers.keySet());
        for (String regex : regexUsers.keySet()) {
            ResolvedRegex resolved = regexes.get(regex);
            if (resolved != null) {
                all.addAll(resolved.topics());
            }
        }
        return all;
    }

    /** What one member reads. */
    Set<String> topicsOf(ConsumerMember member) {
        ResolvedRegex resolved =
                member.profile().hasRegex() ? regexes.get(member.profile().regex()) : null;
        if (resolved == null) {
            return member.profile().topics();
        }
        if (member.profile().topics().isEmpty()) {
            return resolved.topics();
        }
        Set<String> all = new TreeSet<>(member.profile().topics());
        all.addAll(resolved.topics());
        return all;
    }

    /** Whether the member waits for a partition that nobody else has any more. */
    boolean couldGoOn(ConsumerMember member) {
        if (member.state() != MemberState.UNRELEASED_PARTITIONS) {
            return false;
        }
        PartitionSet missing = target(member.id()).minus(member.progress().held());
        return !missing.filter((topic, partition) -> ownerOf(topic, partition) == null).isEmpty();
    }

    /** The assignor that most members ask for; empty asks count for none. */
    String preferredAssignor(String byDefault) {
        Map<String, Integer> votes = new TreeMap<>();
        for (ConsumerMember member : members.values()) {
            String assignor = member.profile().assignor();
            if (assignor != null && !assignor.isEmpty()) {
                votes.merge(assignor, 1, Integer::sum);
            }
        }
        return votes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(byDefault);
    }

    ConsumerGroupActivity activity() {
        return activity;
    }
}
