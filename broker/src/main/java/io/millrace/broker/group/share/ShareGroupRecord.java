package io.millrace.broker.group.share;

import io.millrace.broker.group.assignor.PartitionSet;
import org.jspecify.annotations.Nullable;

/**
 * One record of a share group in {@code __consumer_offsets}; the only way in which the state of
 * such a group changes. A null value is a tombstone. Format: {@link ShareRecordFormat}.
 */
public sealed interface ShareGroupRecord {

    /** Id of the group it belongs to. */
    String group();

    /** The group exists and has this epoch. */
    record GroupEpoch(String group, int epoch, long metadataHash) implements ShareGroupRecord {}

    /** The group is gone. */
    record GroupRemoved(String group) implements ShareGroupRecord {}

    /** What a member asked for. */
    record MemberProfile(String group, String member, ShareMember.@Nullable Profile profile)
            implements ShareGroupRecord {}

    /** The targets of all members belong to this epoch. */
    record TargetEpoch(String group, int epoch, long assignedAtMs) implements ShareGroupRecord {}

    /** There is no target assignment. */
    record TargetRemoved(String group) implements ShareGroupRecord {}

    /** What a member is to have. */
    record MemberTarget(String group, String member, @Nullable PartitionSet target)
            implements ShareGroupRecord {}

    /** How far a member has come. */
    record MemberProgress(String group, String member, ShareMember.@Nullable Progress progress)
            implements ShareGroupRecord {}

    /**
     * Which partitions have recorded deliveries, as Kafka keeps it here. Read and left out of
     * account: the states themselves say it.
     */
    record StatePartitions(String group) implements ShareGroupRecord {}
}
