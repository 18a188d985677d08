package io.millrace.clients.consumer;

import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.ClusterView;
import io.millrace.clients.cluster.TopicView;
import io.millrace.clients.consumer.PartitionAssignor.Assignment;
import io.millrace.clients.consumer.PartitionAssignor.RebalanceProtocol;
import io.millrace.clients.consumer.PartitionAssignor.Subscription;
import io.millrace.clients.consumer.PartitionAssignor.TopicPartitionCounts;
import io.millrace.protocol.message.JoinGroupResponse.JoinGroupResponseMember;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The extra work of the member that the coordinator chose as leader: assigning, and noticing when
 * the group's topics change. Of the polling thread.
 */
final class GroupLeader implements TopicPartitionCounts {
    private static final long METADATA_PATIENCE_MS = 10_000;

    private final ClusterClient cluster;
    private final PollMailbox mailbox;

    /** Partition counts that the last assignment went by; empty when not leading. */
    private final Map<String, Integer> counts = new HashMap<>();

    GroupLeader(ClusterClient cluster, PollMailbox mailbox) {
        this.cluster = cluster;
        this.mailbox = mailbox;
    }

    void resign() {
        counts.clear();
    }

    /** Assignments of all members, as they may take effect now. */
    Map<String, Assignment> assign(
            PartitionAssignor assignor, List<JoinGroupResponseMember> members) {
        Map<String, Subscription> subscriptions = new HashMap<>();
        Set<String> topics = new HashSet<>();
        for (JoinGroupResponseMember member : members) {
            Subscription subscription =
                    ConsumerProtocol.readSubscription(
                            member.metadata(), Optional.ofNullable(member.groupInstanceId()));
            subscriptions.put(member.memberId(), subscription);
            topics.addAll(subscription.topics());
        }
        counts.clear();
        know(topics);
        for (String topic : topics) {
            counts.put(topic, countIn(cluster.metadata().view(), topic));
        }
        Map<String, Assignment> dealt = assignor.assign(this, subscriptions);
        return assignor.rebalanceProtocol() == RebalanceProtocol.COOPERATIVE
                ? new Ownership(subscriptions).holdBackMoving(dealt)
                : dealt;
    }

    /** Whether a topic of the group has more (or fewer) partitions than at the last assignment. */
    boolean topicsChanged() {
        ClusterView view = cluster.metadata().view();
        return counts.entrySet().stream()
                .anyMatch(entry -> countIn(view, entry.getKey()) != entry.getValue());
    }

    @Override
    public OptionalInt partitionCount(String topic) {
        int count = countIn(cluster.metadata().view(), topic);
        if (count == 0) {
            // Perhaps created a moment ago.
            refresh(Set.of(topic));
            count = countIn(cluster.metadata().view(), topic);
        }
        counts.put(topic, count);
        return count == 0 ? OptionalInt.empty() : OptionalInt.of(count);
    }

    /** Has metadata of these topics, if only that they do not exist. */
    private void know(Set<String> topics) {
        ClusterView view = cluster.metadata().view();
        if (!topics.stream().allMatch(topic -> view.topic(topic) != null)) {
            refresh(topics);
        }
    }

    private void refresh(Set<String> topics) {
        mailbox.waitFor(
                cluster.onLoop(
                        () -> {
                            cluster.metadata().want(topics);
                            long version = cluster.metadata().view().version();
                            return cluster.metadata()
                                    .await(
                                            view ->
                                                    view.version() > version
                                                            && view.topics()
                                                                    .keySet()
                                                                    .containsAll(topics),
                                            METADATA_PATIENCE_MS,
                                            "metadata of " + topics);
                        }),
                TimeUnit.MILLISECONDS.toNanos(METADATA_PATIENCE_MS + 1_000),
                cluster.loop().clock());
    }

    private static int countIn(ClusterView view, String topic) {
        TopicView known = view.topic(topic);
        return known == null || !known.isUsable() ? 0 : known.partitions().size();
    }
}
