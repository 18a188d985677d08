package io.millrace.broker.group.consumer;

import io.millrace.broker.group.assignor.PartitionSet;
import org.jspecify.annotations.Nullable;

/**
 * One record of a consumer group in {@code __consumer_offsets}; the only way in which the state of
 * such a group changes. A null value is a tombstone. Format: {@link ConsumerRecordFormat}.
 */
public sealed interface ConsumerGroupRecord {

    /** Id of the group it belongs to. */
    String group();

    /** The group exists and has this epoch. */
    record GroupEpoch(String group, int epoch, long metadataHash) implements ConsumerGroupRecord {}

    /** The group is gone. */
    record GroupRemoved(String group) implements ConsumerGroupRecord {}

    /** What a member asked for. */
    record MemberProfile(String group, String member, ConsumerMember.@Nullable Profile profile)
            implements ConsumerGroupRecord {}

    /** The targets of all members belong to this epoch. */
    record TargetEpoch(String group, int epoch, long assignedAtMs) implements ConsumerGroupRecord {}

    /** There is no target assignment. */
    record TargetRemoved(String group) implements ConsumerGroupRecord {}

    /** What a member is to have. */
    record MemberTarget(String group, String member, @Nullable PartitionSet target)
            implements ConsumerGroupRecord {}

    /** How far a member has come. */
    record MemberProgress(String group, String member, ConsumerMember.@Nullable Progress progress)
            implements ConsumerGroupRecord {}

    /** What a regular expression stands for. */
    record Regex(String group, String regex, @Nullable ResolvedRegex resolved)
            implements ConsumerGroupRecord {}

    /**
     * Partition counts of the subscribed topics, as Kafka 3.7 to 4.0 kept them. Read and left out
     * of account: the group epoch's hash has taken their place.
     */
    record FormerMetadata(String group, boolean removed) implements ConsumerGroupRecord {}
}
