package io.millrace.broker.group;

import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.share.ShareGroupRecord;
import io.millrace.broker.group.share.ShareMember;
import io.millrace.protocol.error.ErrorCode;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * State of one share group (KIP-932): members, epochs and what each member may read. Changes only
 * by {@link #apply}, so that loading the log leads to the same state. Owned by its shard.
 */
final class ShareGroup implements Group {
    /** What lists show as the members' protocol. */
    static final String PROTOCOL_TYPE = "share";

    private static final ShareMember.Profile NO_PROFILE =
            new ShareMember.Profile(null, "", "", Set.of());

    private final String id;
    private int epoch;
    private long metadataHash;
    private int assignmentEpoch;
    private final TreeMap<String, ShareMember> members = new TreeMap<>();
    private final Map<String, PartitionSet> targets = new HashMap<>();

    /** When members must have been heard from; not in the log. */
    private final Map<String, Long> deadlines = new HashMap<>();

    /** Metadata that the hash was compared with last; not in the log. */
    private long comparedAtOffset = -1;

    ShareGroup(String id) {
        this.id = id;
    }

    void apply(ShareGroupRecord record) {
        if (record instanceof ShareGroupRecord.GroupEpoch changed) {
            epoch = changed.epoch();
            metadataHash = changed.metadataHash();
        } else if (record instanceof ShareGroupRecord.TargetEpoch changed) {
            assignmentEpoch = changed.epoch();
        } else if (record instanceof ShareGroupRecord.MemberTarget changed) {
            if (changed.target() == null) {
                targets.remove(changed.member());
            } else {
                targets.put(changed.member(), changed.target());
            }
        } else if (record instanceof ShareGroupRecord.MemberProfile changed) {
            if (changed.profile() == null) {
                members.remove(changed.member());
                deadlines.remove(changed.member());
            } else {
                members.put(changed.member(), known(changed.member()).with(changed.profile()));
            }
        } else if (record instanceof ShareGroupRecord.MemberProgress changed) {
            ShareMember.Progress progress = changed.progress();
            if (progress != null) {
                // It may stand in the log before the profile, when that was changed later.
                members.put(changed.member(), known(changed.member()).with(progress));
            }
        }
    }

    private ShareMember known(String memberId) {
        ShareMember member = members.get(memberId);
        return member == null
                ? new ShareMember(memberId, NO_PROFILE, ShareMember.Progress.NEW)
                : member;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public GroupKind kind() {
        return GroupKind.SHARE;
    }

    @Override
    public String stateLabel() {
        return members.isEmpty() ? "Empty" : "Stable";
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
        return members.values().stream().anyMatch(m -> m.profile().topics().contains(topic));
    }

    /** Share groups commit no offsets. */
    @Override
    public ErrorCode checkCommit(Committer who) {
        return ErrorCode.GROUP_ID_NOT_FOUND;
    }

    @Override
    public ErrorCode checkFetch(@Nullable String memberId, int memberEpoch) {
        return ErrorCode.GROUP_ID_NOT_FOUND;
    }

    @Override
    public boolean mayExpire(String topic) {
        return false;
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

    Collection<ShareMember> members() {
        return Collections.unmodifiableCollection(members.values());
    }

    @Nullable ShareMember member(String memberId) {
        return members.get(memberId);
    }

    PartitionSet target(String memberId) {
        return targets.getOrDefault(memberId, PartitionSet.EMPTY);
    }

    Map<String, PartitionSet> targets() {
        return Collections.unmodifiableMap(targets);
    }

    /** Everything anybody reads, in order. */
    Set<String> subscribedTopics() {
        Set<String> all = new TreeSet<>();
        members.values().forEach(member -> all.addAll(member.profile().topics()));
        return all;
    }

    /** Sets when the member must be heard from next; gives the time that was set before. */
    @Nullable Long deadline(String memberId, long monotonicMs) {
        return deadlines.put(memberId, monotonicMs);
    }

    @Nullable Long deadline(String memberId) {
        return deadlines.get(memberId);
    }

    /** Whether the metadata is newer than what the hash was compared with; then it no longer is. */
    boolean comparesAnew(long metadataOffset) {
        boolean anew = comparedAtOffset != metadataOffset;
        comparedAtOffset = metadataOffset;
        return anew;
    }
}
