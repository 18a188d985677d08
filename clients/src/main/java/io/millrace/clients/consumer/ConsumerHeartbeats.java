package io.millrace.clients.consumer;

import io.millrace.base.loop.EventLoop;
import io.millrace.clients.ClientException;
import io.millrace.clients.RetriableClientException;
import io.millrace.clients.cluster.Backoff;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest.TopicPartitions;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one request of KIP-848: says that the member is alive, what it subscribes to and what it
 * owns, and hears what it should own. One at a time, in the interval that the coordinator asks for
 * or at once when there is news. Belongs to the network loop; {@link #polled} is for the polling
 * thread, which hears what comes through its mailbox.
 */
final class ConsumerHeartbeats {
    private static final int JOIN_EPOCH = 0;
    private static final int LEAVE_EPOCH = -1;

    /** A static member that leaves is expected back. */
    private static final int LEAVE_STATIC_EPOCH = -2;

    private static final int UNCHANGED = -1;

    /** The first version in which members name themselves. */
    private static final int FIRST_OWN_ID_VERSION = 1;

    private final ClusterClient cluster;
    private final EventLoop loop;
    private final ConsumerConfig config;
    private final String groupId;
    private final PollMailbox mailbox;
    private final Events events;
    private final GroupCalls calls;
    private final Backoff backoff;
    private final long maxPollNanos;
    private volatile long lastPollNanos;
    private String memberId;
    private boolean known;
    private int epoch;
    private Wanted wanted = new Wanted(Set.of(), null);
    private Map<UUID, Set<Integer>> owned = Map.of();
    private @Nullable Wanted toldWanted;
    private @Nullable Map<UUID, Set<Integer>> toldOwned;
    private int life;
    private boolean alive;
    private boolean asking;
    private boolean news;
    private int failures;
    private EventLoop.@Nullable Timer timer;

    /** What the member subscribes to: names, or a regular expression. */
    record Wanted(Set<String> topics, @Nullable String regex) {}

    /** What heartbeats find out; called on the polling thread. */
    interface Events {
        /**
         * @param target what the member should own; null for no change
         */
        void onAnswer(String memberId, int memberEpoch, @Nullable Map<UUID, Set<Integer>> target);

        /** The group no longer knows this member. */
        void onLost(String why);

        /** This consumer cannot be a member. */
        void onFatal(ClientException failure);
    }

    ConsumerHeartbeats(
            ClusterClient cluster,
            ConsumerConfig config,
            String groupId,
            PollMailbox mailbox,
            Events events) {
        this.cluster = cluster;
        this.loop = cluster.loop();
        this.config = config;
        this.groupId = groupId;
        this.mailbox = mailbox;
        this.events = events;
        this.calls = new GroupCalls(cluster);
        this.maxPollNanos = TimeUnit.MILLISECONDS.toNanos(config.maxPollIntervalMs());
        this.backoff =
                new Backoff(
                        config.client().retryBackoffMs(),
                        config.client().retryBackoffMaxMs(),
                        cluster.random());
        ByteBuffer id = ByteBuffer.allocate(2 * Long.BYTES);
        id.putLong(cluster.random().nextLong()).putLong(cluster.random().nextLong());
        this.memberId = Base64.getUrlEncoder().withoutPadding().encodeToString(id.array());
    }

    /** The user polls. From the polling thread. */
    void polled() {
        lastPollNanos = loop.clock().nanos();
    }

    /** Joins, owning nothing. */
    void join(Wanted now) {
        loop.assertInLoop();
        stop();
        alive = true;
        epoch = JOIN_EPOCH;
        wanted = now;
        owned = Map.of();
        tellEverything();
        beatSoon();
    }

    void wanted(Wanted now) {
        wanted = now;
        beatSoon();
    }

    /** The member took over what it should own, and gave back the rest. */
    void owned(Map<UUID, Set<Integer>> now) {
        owned = now;
        beatSoon();
    }

    /** Falls silent. */
    void stop() {
        loop.assertInLoop();
        life++;
        alive = false;
        asking = false;
        news = false;
        failures = 0;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    /** Falls silent and says so; completes when the coordinator heard it, or did not. */
    CompletableFuture<Void> leave() {
        boolean wasMember = alive && known;
        stop();
        if (!wasMember) {
            return CompletableFuture.completedFuture(null);
        }
        int last = config.groupInstanceId().isPresent() ? LEAVE_STATIC_EPOCH : LEAVE_EPOCH;
        ConsumerGroupHeartbeatRequest goodbye =
                new ConsumerGroupHeartbeatRequest()
                        .groupId(groupId)
                        .memberId(memberId)
                        .memberEpoch(last)
                        .instanceId(config.groupInstanceId().orElse(null))
                        .rebalanceTimeoutMs(UNCHANGED)
                        .subscribedTopicNames(null)
                        .topicPartitions(null);
        return calls.send(
                        groupId,
                        Purpose.GROUP,
                        RequestFactory.of(goodbye),
                        cluster.config().requestTimeoutMs(),
                        ConsumerHeartbeats::errorOf)
                .handle((answered, error) -> null);
    }

    /** After a failure nobody knows what the coordinator has heard. */
    private void tellEverything() {
        toldWanted = null;
        toldOwned = null;
    }

    private void beatSoon() {
        if (!alive) {
            return;
        }
        if (asking) {
            news = true;
            return;
        }
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        beat();
    }

    private void next(long delayMs) {
        timer =
                loop.schedule(
                        delayMs,
                        () -> {
                            timer = null;
                            beat();
                        });
    }

    private void beat() {
        if (!alive || asking) {
            return;
        }
        if (loop.clock().nanos() - lastPollNanos >= maxPollNanos) {
            leave();
            String why =
                    "poll was not called for max.poll.interval.ms=" + config.maxPollIntervalMs();
            mailbox.execute(() -> events.onLost(why));
            return;
        }
        asking = true;
        news = false;
        int now = life;
        Wanted telling = wanted;
        Map<UUID, Set<Integer>> owning = owned;
        RequestFactory<ConsumerGroupHeartbeatResponse> request =
                RequestFactory.of(
                        ApiKey.CONSUMER_GROUP_HEARTBEAT, version -> request(version, telling));
        calls.send(
                        groupId,
                        Purpose.GROUP,
                        request,
                        config.client().requestTimeoutMs(),
                        ConsumerHeartbeats::errorOf)
                .whenComplete(
                        (answered, error) -> {
                            if (now != life) {
                                return;
                            }
                            asking = false;
                            if (answered != null && error == null) {
                                toldWanted = telling;
                                toldOwned = owning;
                                onAnswer(answered.response());
                            } else {
                                onSilence(Failures.unwrap(error));
                            }
                        });
    }

    private ConsumerGroupHeartbeatRequest request(short version, Wanted telling) {
        boolean joining = epoch == JOIN_EPOCH;
        boolean everything = joining || toldWanted == null;
        ConsumerGroupHeartbeatRequest request =
                new ConsumerGroupHeartbeatRequest()
                        .groupId(groupId)
                        .memberId(version < FIRST_OWN_ID_VERSION && !known ? "" : memberId)
                        .memberEpoch(epoch)
                        .instanceId(config.groupInstanceId().orElse(null))
                        .rackId(everything ? config.clientRack().orElse(null) : null)
                        .rebalanceTimeoutMs(everything ? config.maxPollIntervalMs() : UNCHANGED)
                        .serverAssignor(everything ? config.remoteAssignor().orElse(null) : null)
                        .subscribedTopicNames(null)
                        .topicPartitions(
                                everything || !owned.equals(toldOwned) ? toWire(owned) : null);
        if (everything || !telling.equals(toldWanted)) {
            request.subscribedTopicNames(List.copyOf(telling.topics));
            if (version >= FIRST_OWN_ID_VERSION) {
                String before = toldWanted == null ? null : toldWanted.regex;
                // The empty text takes an earlier expression back.
                request.subscribedTopicRegex(
                        telling.regex == null && before != null ? "" : telling.regex);
            }
        }
        return request;
    }

    private static List<TopicPartitions> toWire(Map<UUID, Set<Integer>> partitions) {
        List<TopicPartitions> wire = new ArrayList<>();
        partitions.forEach(
                (topic, numbers) ->
                        wire.add(
                                new TopicPartitions()
                                        .topicId(topic)
                                        .partitions(numbers.stream().sorted().toList())));
        return wire;
    }

    private static ErrorCode errorOf(Answered<ConsumerGroupHeartbeatResponse> answered) {
        return ErrorCode.forCode(answered.response().errorCode());
    }

    private void onAnswer(ConsumerGroupHeartbeatResponse response) {
        ErrorCode error = ErrorCode.forCode(response.errorCode());
        switch (error) {
            case NONE -> onBeat(response);
            case FENCED_MEMBER_EPOCH, UNKNOWN_MEMBER_ID -> {
                stop();
                mailbox.execute(() -> events.onLost(error.message()));
            }
            default -> {
                if (error.retriable()) {
                    onSilence(new RetriableClientException(error.message()));
                } else {
                    String said = response.errorMessage();
                    fatal(
                            Failures.of(
                                    error,
                                    "group " + groupId + ": being a member",
                                    said == null ? error.message() : said));
                }
            }
        }
    }

    private void onBeat(ConsumerGroupHeartbeatResponse response) {
        failures = 0;
        known = true;
        epoch = response.memberEpoch();
        String given = response.memberId();
        if (given != null && !given.isEmpty()) {
            memberId = given;
        }
        String self = memberId;
        int at = epoch;
        Optional<Map<UUID, Set<Integer>>> target = target(response);
        mailbox.execute(() -> events.onAnswer(self, at, target.orElse(null)));
        if (news) {
            beat();
        } else {
            next(response.heartbeatIntervalMs());
        }
    }

    private static Optional<Map<UUID, Set<Integer>>> target(
            ConsumerGroupHeartbeatResponse response) {
        ConsumerGroupHeartbeatResponse.Assignment assignment = response.assignment();
        if (assignment == null) {
            return Optional.empty();
        }
        Map<UUID, Set<Integer>> target = new java.util.HashMap<>();
        for (ConsumerGroupHeartbeatResponse.TopicPartitions topic : assignment.topicPartitions()) {
            target.put(topic.topicId(), Set.copyOf(topic.partitions()));
        }
        return Optional.of(target);
    }

    private void onSilence(RuntimeException cause) {
        if (!(cause instanceof RetriableClientException)) {
            fatal(
                    new ClientException(
                            "group %s: no membership with group.protocol=consumer: %s"
                                    .formatted(groupId, cause.getMessage()),
                            cause));
            return;
        }
        failures++;
        tellEverything();
        next(backoff.afterMs(failures));
    }

    private void fatal(ClientException failure) {
        stop();
        mailbox.execute(() -> events.onFatal(failure));
    }
}
