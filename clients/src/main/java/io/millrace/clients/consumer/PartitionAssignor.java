package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which member of a group reads what. Every member offers its assignors; the group picks
 * one that all know; the member chosen as leader calls {@link #assign}. All methods run on the
 * polling thread inside {@code poll}, so they may block briefly and keep state without locks. They
 * must not call the consumer.
 *
 * <p>The bytes on the wire are Kafka's consumer protocol, so groups may mix members of Kafka's
 * clients and ours.
 */
public interface PartitionAssignor {

    /** Name in the group protocol, for example {@code range}. */
    String name();

    /** Whether members keep their partitions while a rebalance is going on. */
    default RebalanceProtocol rebalanceProtocol() {
        return RebalanceProtocol.EAGER;
    }

    /** Bytes this member attaches to its subscription when joining; null for none. */
    default byte @Nullable [] subscriptionUserData(Set<String> topics) {
        return null;
    }

    /**
     * Deals the partitions out. Only on the group's leader.
     *
     * @param topics partition counts; answers also for topics that nobody subscribed to, asking the
     *     cluster if need be
     * @param members subscriptions by member id
     * @return an assignment for every member id
     */
    Map<String, Assignment> assign(TopicPartitionCounts topics, Map<String, Subscription> members);

    /** Told of this member's own assignment, before the rebalance listener. */
    default void onAssignment(Assignment assignment, GroupMetadata group) {}

    /** How partitions change hands. */
    enum RebalanceProtocol {
        /** Everybody gives everything back before joining. */
        EAGER,
        /**
         * Members keep what they have; what has to move is given back first and dealt out in a
         * second round. The consumer takes care of that: {@link #assign} may return the final
         * picture, and partitions that are still owned by another member are held back until it
         * revoked them.
         */
        COOPERATIVE
    }

    /** Partition counts of the cluster's topics. */
    interface TopicPartitionCounts {
        /** Empty if the topic does not exist. */
        OptionalInt partitionCount(String topic);
    }

    /**
     * What a member asks for.
     *
     * @param ownedPartitions what it holds; empty with eager assignors
     * @param generationId generation in which it came to own them, -1 if unknown
     */
    record Subscription(
            List<String> topics,
            byte @Nullable [] userData,
            List<TopicPartition> ownedPartitions,
            int generationId,
            Optional<String> groupInstanceId,
            Optional<String> rackId) {
        public Subscription(
                List<String> topics,
                byte @Nullable [] userData,
                List<TopicPartition> ownedPartitions,
                int generationId,
                Optional<String> groupInstanceId,
                Optional<String> rackId) {
            this.topics = List.copyOf(topics);
            this.userData = userData;
            this.ownedPartitions = List.copyOf(ownedPartitions);
            this.generationId = generationId;
            this.groupInstanceId = groupInstanceId;
            this.rackId = rackId;
        }

        public Subscription(List<String> topics) {
            this(topics, null, List.of(), -1, Optional.empty(), Optional.empty());
        }
    }

    /** What a member gets. */
    record Assignment(List<TopicPartition> partitions, byte @Nullable [] userData) {
        public Assignment(List<TopicPartition> partitions, byte @Nullable [] userData) {
            this.partitions = List.copyOf(partitions);
            this.userData = userData;
        }

        public Assignment(List<TopicPartition> partitions) {
            this(partitions, null);
        }
    }
}
