package io.millrace.clients.consumer;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.ClusterView;
import io.millrace.clients.consumer.ConsumerHeartbeats.Wanted;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Membership by the protocol of KIP-848: the coordinator says what this member should own, and
 * {@link #advance()} goes there, giving partitions back before it takes new ones. Nobody else has
 * to stop meanwhile.
 */
final class ConsumerMembership implements Membership, ConsumerHeartbeats.Events {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConsumerMembership.class);
    private static final int NO_EPOCH = -1;

    private final ClusterClient cluster;
    private final GroupPartitions partitions;
    private final ConsumerHeartbeats heartbeats;
    private volatile GroupMetadata self;
    private Wanted wanted = new Wanted(Set.of(), null);
    private boolean subscribed;
    private boolean joined;
    private boolean lost;
    private @Nullable Map<UUID, Set<Integer>> target;
    private @Nullable Map<UUID, Set<Integer>> reached;
    private @Nullable ClientException fatal;

    ConsumerMembership(
            ClusterClient cluster,
            ConsumerConfig config,
            PollMailbox mailbox,
            GroupPartitions partitions,
            String groupId) {
        this.cluster = cluster;
        this.partitions = partitions;
        this.heartbeats = new ConsumerHeartbeats(cluster, config, groupId, mailbox, this);
        this.self = new GroupMetadata(groupId, NO_EPOCH, "", config.groupInstanceId());
    }

    @Override
    public GroupMetadata metadata() {
        return self;
    }

    @Override
    public boolean outlivesRebalances() {
        return true;
    }

    @Override
    public void polled() {
        heartbeats.polled();
    }

    @Override
    public void topics(Set<String> now) {
        want(new Wanted(Set.copyOf(now), null));
    }

    @Override
    public void topics(SubscriptionPattern now) {
        want(new Wanted(Set.of(), now.pattern()));
    }

    private void want(Wanted now) {
        if (subscribed && now.equals(wanted)) {
            return;
        }
        wanted = now;
        subscribed = true;
        if (joined) {
            cluster.loop().execute(() -> heartbeats.wanted(now));
        }
    }

    @Override
    public void rejoin(String why) {
        LOGGER.atInfo()
                .addKeyValue("group", self.groupId())
                .addKeyValue("reason", why)
                .log("the coordinator alone decides when partitions move; nothing to do");
    }

    @Override
    public void onMetadata() {
        // Topics that a target names may be known now; advance looks.
    }

    @Override
    public void advance() {
        ClientException failed = fatal;
        if (lost || failed != null) {
            lost = false;
            partitions.lost();
        }
        if (failed != null) {
            fatal = null;
            subscribed = false;
            throw failed;
        }
        if (subscribed && !joined) {
            join();
        }
        Map<UUID, Set<Integer>> next = target;
        if (next != null && !next.equals(reached)) {
            reach(next);
        }
    }

    @Override
    public long nanosToNext() {
        return Long.MAX_VALUE;
    }

    private void join() {
        joined = true;
        target = null;
        reached = null;
        LOGGER.atInfo().addKeyValue("group", self.groupId()).log("joining");
        Wanted now = wanted;
        cluster.loop().execute(() -> heartbeats.join(now));
    }

    /** Gives back and takes over, as far as the topics' names are known. */
    private void reach(Map<UUID, Set<Integer>> next) {
        Map<UUID, String> names = names();
        Map<UUID, Set<Integer>> reachable = new HashMap<>(next);
        reachable.keySet().retainAll(names.keySet());
        if (reachable.size() < next.size()) {
            // With a pattern of the coordinator's these may be topics we never heard of.
            cluster.loop().execute(() -> cluster.metadata().requestUpdate());
        }
        if (reachable.equals(reached)) {
            return;
        }
        Set<TopicPartition> now = new LinkedHashSet<>();
        names.forEach(
                (id, name) ->
                        reachable.getOrDefault(id, Set.of()).stream()
                                .sorted()
                                .forEach(number -> now.add(new TopicPartition(name, number))));
        Set<TopicPartition> gone = new HashSet<>(partitions.owned());
        gone.removeAll(now);
        if (!gone.isEmpty()) {
            partitions.revoke(gone);
        }
        if (lost || fatal != null) {
            // While the listener was busy the group gave up on us.
            return;
        }
        Set<TopicPartition> added = new LinkedHashSet<>(now);
        added.removeAll(partitions.owned());
        boolean first = reached == null;
        reached = reachable;
        LOGGER.atInfo()
                .addKeyValue("group", self.groupId())
                .addKeyValue("epoch", self.generationId())
                .addKeyValue("partitions", new TreeSet<>(now))
                .log("assigned");
        cluster.loop().execute(() -> heartbeats.owned(reachable));
        if (first || !added.isEmpty()) {
            partitions.assign(now, added);
        }
    }

    private Map<UUID, String> names() {
        ClusterView view = cluster.metadata().view();
        Map<UUID, String> names = new HashMap<>();
        view.topics().values().forEach(topic -> names.put(topic.id(), topic.name()));
        return names;
    }

    @Override
    public void onAnswer(
            String memberId, int memberEpoch, @Nullable Map<UUID, Set<Integer>> newTarget) {
        if (!joined) {
            return;
        }
        self = new GroupMetadata(self.groupId(), memberEpoch, memberId, self.groupInstanceId());
        if (newTarget != null) {
            target = newTarget;
        }
    }

    @Override
    public void onLost(String why) {
        if (!joined) {
            return;
        }
        LOGGER.atInfo()
                .addKeyValue("group", self.groupId())
                .addKeyValue("member", self.memberId())
                .addKeyValue("reason", why)
                .log("no longer a member");
        forget();
        lost = true;
    }

    @Override
    public void onFatal(ClientException failure) {
        if (joined) {
            forget();
            fatal = failure;
        }
    }

    private void forget() {
        joined = false;
        target = null;
        reached = null;
        self = new GroupMetadata(self.groupId(), NO_EPOCH, self.memberId(), self.groupInstanceId());
    }

    @Override
    public CompletableFuture<Void> leave(String why) {
        forget();
        subscribed = false;
        lost = false;
        wanted = new Wanted(Set.of(), null);
        return cluster.onLoop(heartbeats::leave);
    }
}
