package io.millrace.clients.consumer;

import io.millrace.base.time.Clock;
import io.millrace.clients.ClientException;
import io.millrace.clients.RetriableClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.Backoff;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.consumer.PartitionAssignor.Assignment;
import io.millrace.clients.consumer.PartitionAssignor.RebalanceProtocol;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.SyncGroupResponse;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This consumer's membership in its group, by the classic protocol: join, let the leader assign,
 * sync, heartbeat, and again whenever somebody comes or goes. Of the polling thread: answers only
 * leave their mark here, and {@link #advance()} inside {@code poll} does what follows, so listeners
 * and assignors run there.
 */
final class ClassicMembership implements Membership, Heartbeats.Events {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClassicMembership.class);
    private static final int NO_GENERATION = -1;
    private static final int NO_COUNT = 0;

    private final ClusterClient cluster;
    private final PollMailbox mailbox;
    private final List<PartitionAssignor> assignors;
    private final GroupPartitions partitions;
    private final JoinAndSync requests;
    private final Heartbeats heartbeats;
    private final GroupLeader leader;
    private final Backoff backoff;
    private final Clock clock;

    private volatile GroupMetadata self;
    private State state = State.OUT;
    private String reason = "joining";
    private boolean rejoin = true;
    private boolean prepared;
    private boolean lost;
    private String protocol = "";
    private Set<String> topics = Set.of();
    private int failures;
    private long notBeforeNanos;
    private @Nullable JoinGroupResponse joined;
    private @Nullable SyncGroupResponse synced;
    private @Nullable ClientException fatal;
    private int attempt;

    private enum State {
        /** In no generation, nothing sent. */
        OUT,
        /** JoinGroup is under way, or its answer waits to be acted on. */
        JOINING,
        /** SyncGroup is under way, or its answer waits to be acted on. */
        SYNCING,
        /** Member of a generation with an assignment. */
        STABLE
    }

    ClassicMembership(
            ClusterClient cluster,
            ConsumerConfig config,
            PollMailbox mailbox,
            List<PartitionAssignor> assignors,
            GroupPartitions partitions,
            String groupId) {
        this.cluster = cluster;
        this.mailbox = mailbox;
        this.assignors = List.copyOf(assignors);
        this.partitions = partitions;
        this.clock = cluster.loop().clock();
        this.requests = new JoinAndSync(cluster, config);
        this.heartbeats = new Heartbeats(cluster, config, mailbox, this);
        this.leader = new GroupLeader(cluster, mailbox);
        this.backoff =
                new Backoff(
                        config.client().retryBackoffMs(),
                        config.client().retryBackoffMaxMs(),
                        cluster.random());
        this.self = new GroupMetadata(groupId, NO_GENERATION, "", config.groupInstanceId());
        this.notBeforeNanos = clock.nanos();
    }

    @Override
    public GroupMetadata metadata() {
        return self;
    }

    @Override
    public boolean outlivesRebalances() {
        return false;
    }

    @Override
    public void polled() {
        heartbeats.polled();
    }

    boolean isStable() {
        return state == State.STABLE && !rejoin;
    }

    @Override
    public void topics(Set<String> now) {
        if (!now.equals(topics)) {
            topics = Set.copyOf(now);
            rejoin("the subscription changed");
        }
    }

    @Override
    public void topics(SubscriptionPattern now) {
        throw new IllegalStateException(
                "only coordinators of group.protocol=consumer match patterns; subscribe with a"
                        + " java.util.regex.Pattern, or set group.protocol=consumer");
    }

    @Override
    public void rejoin(String why) {
        if (!rejoin) {
            rejoin = true;
            reason = why;
            prepared = false;
        }
    }

    @Override
    public void onMetadata() {
        if (state == State.STABLE && leader.topicsChanged()) {
            rejoin("topics of the group changed");
        }
    }

    @Override
    public void advance() {
        ClientException failed = fatal;
        if (failed != null) {
            fatal = null;
            throw failed;
        }
        JoinGroupResponse join = joined;
        if (state == State.JOINING && join != null) {
            joined = null;
            onJoined(join);
        }
        SyncGroupResponse sync = synced;
        if (state == State.SYNCING && sync != null) {
            synced = null;
            onSynced(sync);
        }
        boolean mayJoin = state == State.OUT || state == State.STABLE;
        if (mayJoin && rejoin && clock.nanos() - notBeforeNanos >= 0) {
            join();
        }
    }

    @Override
    public long nanosToNext() {
        boolean waits = rejoin && (state == State.OUT || state == State.STABLE);
        return waits ? Math.max(0, notBeforeNanos - clock.nanos()) : Long.MAX_VALUE;
    }

    private void join() {
        if (!prepared) {
            prepared = true;
            prepare();
        }
        rejoin = false;
        state = State.JOINING;
        joined = null;
        int mine = ++attempt;
        LOGGER.atInfo()
                .addKeyValue("group", self.groupId())
                .addKeyValue("member", self.memberId())
                .addKeyValue("reason", reason)
                .log("joining");
        Set<TopicPartition> owned = partitions.owned();
        mailbox.deliver(requests.join(self, assignors, topics, owned, reason))
                .whenComplete(
                        (response, error) -> {
                            if (mine != attempt) {
                                return;
                            }
                            if (error == null) {
                                joined = response;
                            } else {
                                retryOrThrow(Failures.unwrap(error));
                            }
                        });
    }

    /** Gives back what has to be given back before joining. */
    private void prepare() {
        if (lost) {
            lost = false;
            partitions.lost();
        } else if (cooperative()) {
            partitions.revokeUnsubscribed(topics);
        } else {
            partitions.revokeAll();
        }
    }

    /** With several assignors of different kinds only what all can do is safe. */
    private boolean cooperative() {
        return assignors.stream()
                .allMatch(each -> each.rebalanceProtocol() == RebalanceProtocol.COOPERATIVE);
    }

    private void onJoined(JoinGroupResponse response) {
        ErrorCode error = ErrorCode.forCode(response.errorCode());
        switch (error) {
            case NONE -> {
                failures = NO_COUNT;
                self =
                        new GroupMetadata(
                                self.groupId(),
                                response.generationId(),
                                response.memberId(),
                                self.groupInstanceId());
                String chosen = response.protocolName();
                protocol = chosen == null ? "" : chosen;
                cluster.loop().execute(() -> heartbeats.start(self));
                sync(response);
            }
            case MEMBER_ID_REQUIRED -> {
                self =
                        new GroupMetadata(
                                self.groupId(),
                                NO_GENERATION,
                                response.memberId(),
                                self.groupInstanceId());
                again("the coordinator gave a member id");
            }
            case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION -> {
                forgetMember(error.message());
                again(error.message());
            }
            case REBALANCE_IN_PROGRESS, COORDINATOR_LOAD_IN_PROGRESS ->
                    retryOrThrow(new RetriableClientException(error.message()));
            default -> retryOrThrow(Failures.of(error, "group " + self.groupId() + ": joining"));
        }
    }

    private void sync(JoinGroupResponse join) {
        boolean leads = join.leader().equals(join.memberId());
        Map<String, Assignment> assignments = Map.of();
        if (leads && !join.skipAssignment()) {
            assignments = leader.assign(assignor(), join.members());
        } else if (!leads) {
            leader.resign();
        }
        state = State.SYNCING;
        synced = null;
        int mine = ++attempt;
        mailbox.deliver(requests.sync(self, protocol, assignments))
                .whenComplete(
                        (response, error) -> {
                            if (mine != attempt) {
                                return;
                            }
                            if (error == null) {
                                synced = response;
                            } else {
                                retryOrThrow(Failures.unwrap(error));
                            }
                        });
    }

    private PartitionAssignor assignor() {
        return assignors.stream()
                .filter(each -> each.name().equals(protocol))
                .findFirst()
                .orElseThrow(
                        () ->
                                new ClientException(
                                        "group %s chose the assignor \"%s\", which is none of %s"
                                                .formatted(
                                                        self.groupId(),
                                                        protocol,
                                                        assignors.stream()
                                                                .map(PartitionAssignor::name)
                                                                .toList())));
    }

    private void onSynced(SyncGroupResponse response) {
        ErrorCode error = ErrorCode.forCode(response.errorCode());
        switch (error) {
            case NONE -> {
                failures = NO_COUNT;
                state = State.STABLE;
                prepared = false;
                assigned(ConsumerProtocol.readAssignment(response.assignment()));
            }
            case REBALANCE_IN_PROGRESS -> again("the group is coming together anew");
            case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION -> {
                forgetMember(error.message());
                again(error.message());
            }
            default -> retryOrThrow(Failures.of(error, "group " + self.groupId() + ": syncing"));
        }
    }

    private void assigned(Assignment assignment) {
        PartitionAssignor assignor = assignor();
        Set<TopicPartition> now = new LinkedHashSet<>(assignment.partitions());
        Set<TopicPartition> before = partitions.owned();
        LOGGER.atInfo()
                .addKeyValue("group", self.groupId())
                .addKeyValue("generation", self.generationId())
                .addKeyValue("partitions", new TreeSet<>(now))
                .log("assigned");
        Set<TopicPartition> gone = new LinkedHashSet<>(before);
        gone.removeAll(now);
        if (!gone.isEmpty()) {
            // The others wait for what we give back; joining again tells them that we did.
            rejoin("partitions were revoked for others to take");
            partitions.revoke(gone);
        }
        Set<TopicPartition> added = new LinkedHashSet<>(now);
        added.removeAll(before);
        assignor.onAssignment(assignment, self);
        partitions.assign(now, added);
    }

    private void forgetMember(String why) {
        LOGGER.atInfo()
                .addKeyValue("group", self.groupId())
                .addKeyValue("member", self.memberId())
                .addKeyValue("reason", why)
                .log("no longer a member");
        self = new GroupMetadata(self.groupId(), NO_GENERATION, "", self.groupInstanceId());
        lost = !partitions.owned().isEmpty();
        prepared = false;
        cluster.loop().execute(heartbeats::stop);
    }

    private void again(String why) {
        state = State.OUT;
        rejoin = true;
        reason = why;
        notBeforeNanos = clock.nanos();
        if (lost) {
            prepared = false;
        }
    }

    private void retryOrThrow(RuntimeException cause) {
        again(String.valueOf(cause.getMessage()));
        failures++;
        long waitMs = backoff.afterMs(failures);
        notBeforeNanos = clock.nanos() + TimeUnit.MILLISECONDS.toNanos(waitMs);
        if (cause instanceof RetriableClientException) {
            LOGGER.atDebug()
                    .addKeyValue("group", self.groupId())
                    .addKeyValue("cause", cause.getMessage())
                    .log("joining again later");
        } else {
            fatal =
                    cause instanceof ClientException known
                            ? known
                            : new ClientException("group " + self.groupId(), cause);
        }
    }

    @Override
    public void onRebalance(int generationId) {
        if (generationId == self.generationId() && state == State.STABLE) {
            rejoin("the group is coming together anew");
        }
    }

    @Override
    public void onLost(int generationId, String why) {
        if (generationId == self.generationId()) {
            attempt++;
            forgetMember(why);
            again(why);
        }
    }

    @Override
    public void onFatal(ClientException failure) {
        fatal = failure;
    }

    @Override
    public CompletableFuture<Void> leave(String why) {
        GroupMetadata before = self;
        attempt++;
        self = new GroupMetadata(before.groupId(), NO_GENERATION, "", before.groupInstanceId());
        state = State.OUT;
        rejoin = true;
        prepared = false;
        lost = false;
        topics = Set.of();
        return cluster.onLoop(
                () -> {
                    heartbeats.stop();
                    return LeaveGroup.send(cluster, before, why);
                });
    }
}
