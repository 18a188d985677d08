package io.millrace.broker.group.consumer;

import io.millrace.broker.group.assignor.PartitionSet;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One member of a consumer group: what it asked for and how far it has come. Immutable; the two
 * parts are what its two records hold.
 */
public record ConsumerMember(String id, Profile profile, Progress progress) {

    /** Joins, or joins again. */
    public static final int JOIN_EPOCH = 0;

    /** Leaves for good. */
    public static final int LEAVE_EPOCH = -1;

    /** A static member that leaves and means to be back within its session. */
    public static final int AWAY_EPOCH = -2;

    /**
     * What the member asked for.
     *
     * @param topics names it subscribed to itself, in order; what its regex stands for is not here
     * @param regex empty for none
     * @param rebalanceTimeoutMs how long it may take to give up partitions
     * @param classic null for members of the consumer protocol
     */
    public record Profile(
            @Nullable String instanceId,
            @Nullable String rackId,
            String clientId,
            String clientHost,
            Set<String> topics,
            String regex,
            int rebalanceTimeoutMs,
            @Nullable String assignor,
            @Nullable Classic classic) {

        /** Nothing is known of the member yet. */
        public static final Profile NONE =
                new Profile(null, null, "", "", Set.of(), "", -1, null, null);

        public Profile {
            topics = new TreeSet<>(topics);
        }

        public boolean hasRegex() {
            return !regex.isEmpty();
        }
    }

    /** What a member of the classic protocol brings besides. */
    public record Classic(int sessionTimeoutMs, List<Protocol> protocols) {
        public Classic {
            protocols = List.copyOf(protocols);
        }
    }

    /** A way of assigning that a classic member supports, with its subscription in that way. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Protocol(String name, byte[] metadata) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Protocol that
                    && name.equals(that.name)
                    && Arrays.equals(metadata, that.metadata);
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, Arrays.hashCode(metadata));
        }
    }

    /**
     * How far it has come.
     *
     * @param epoch assignment epoch it has reached
     * @param previousEpoch what it may still say if the answer that raised its epoch was lost
     * @param assigned what it may read
     * @param revoking what it must give up first
     */
    public record Progress(
            int epoch,
            int previousEpoch,
            MemberState state,
            AssignedPartitions assigned,
            AssignedPartitions revoking) {
        public static final Progress NEW =
                new Progress(
                        JOIN_EPOCH,
                        -1,
                        MemberState.STABLE,
                        AssignedPartitions.EMPTY,
                        AssignedPartitions.EMPTY);

        /** Everything that nobody else may have yet. */
        public PartitionSet held() {
            return assigned.partitions().plus(revoking.partitions());
        }
    }

    public ConsumerMember with(Profile other) {
        return new ConsumerMember(id, other, progress);
    }

    public ConsumerMember with(Progress other) {
        return new ConsumerMember(id, profile, other);
    }

    public int epoch() {
        return progress.epoch();
    }

    public MemberState state() {
        return progress.state();
    }

    public boolean isClassic() {
        return profile.classic() != null;
    }

    /** A static member that is away for a while. */
    public boolean isAway() {
        return epoch() == AWAY_EPOCH;
    }

    /** Whether it is where the assignment of the epoch wants it. */
    public boolean isSettledIn(int assignmentEpoch) {
        return state() == MemberState.STABLE && epoch() == assignmentEpoch;
    }
}
