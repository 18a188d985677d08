package io.millrace.broker.group.streams;

import org.jspecify.annotations.Nullable;

/**
 * One record of a streams group in {@code __consumer_offsets}; the only way in which the state of
 * such a group changes. A null value is a tombstone. Format: {@link StreamsRecordFormat}.
 */
public sealed interface StreamsGroupRecord {

    /** Id of the group it belongs to. */
    String group();

    /** The group exists and has this epoch. */
    record GroupEpoch(String group, int epoch, long metadataHash) implements StreamsGroupRecord {}

    /** The group is gone. */
    record GroupRemoved(String group) implements StreamsGroupRecord {}

    /** What the application is. */
    record Topology(String group, @Nullable StreamsTopology topology)
            implements StreamsGroupRecord {}

    /** What a member said of itself. */
    record MemberProfile(String group, String member, StreamsMember.@Nullable Profile profile)
            implements StreamsGroupRecord {}

    /** The targets of all members belong to this epoch; null for none. */
    record TargetEpoch(String group, @Nullable Integer epoch, long assignedAtMs)
            implements StreamsGroupRecord {}

    /** What a member is to have. */
    record MemberTarget(String group, String member, @Nullable TaskRoles target)
            implements StreamsGroupRecord {}

    /** How far a member has come. */
    record MemberProgress(String group, String member, StreamsMember.@Nullable Progress progress)
            implements StreamsGroupRecord {}

    /** Whether the record takes something away. */
    default boolean removes() {
        if (this instanceof Topology topology) {
            return topology.topology() == null;
        } else if (this instanceof MemberProfile member) {
            return member.profile() == null;
        } else if (this instanceof TargetEpoch target) {
            return target.epoch() == null;
        } else if (this instanceof MemberTarget member) {
            return member.target() == null;
        } else if (this instanceof MemberProgress member) {
            return member.progress() == null;
        }
        return this instanceof GroupRemoved;
    }
}
