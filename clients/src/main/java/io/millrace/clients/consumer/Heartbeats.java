package io.millrace.clients.consumer;

import io.millrace.base.loop.EventLoop;
import io.millrace.clients.ClientException;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.HeartbeatResponse;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells the coordinator every {@code heartbeat.interval.ms} that the member is alive, and watches
 * that it polls. Belongs to the network loop; {@link #polled} is for the polling thread.
 */
final class Heartbeats {
    private static final int FIRST_INSTANCE_VERSION = 3;

    private final ClusterClient cluster;
    private final EventLoop loop;
    private final ConsumerConfig config;
    private final PollMailbox mailbox;
    private final Events events;
    private final GroupCalls calls;
    private final long maxPollNanos;
    private volatile long lastPollNanos;
    private @Nullable GroupMetadata member;
    private EventLoop.@Nullable Timer timer;

    /** What heartbeats find out; called on the polling thread. */
    interface Events {
        /** The group is coming together anew. */
        void onRebalance(int generationId);

        /** The group no longer knows this member. */
        void onLost(int generationId, String why);

        /** The member did not poll for too long; it should leave. */
        void onFatal(ClientException failure);
    }

    Heartbeats(ClusterClient cluster, ConsumerConfig config, PollMailbox mailbox, Events events) {
        this.cluster = cluster;
        this.loop = cluster.loop();
        this.config = config;
        this.mailbox = mailbox;
        this.events = events;
        this.calls = new GroupCalls(cluster);
        this.maxPollNanos = TimeUnit.MILLISECONDS.toNanos(config.maxPollIntervalMs());
    }

    /** The user polls. From the polling thread. */
    void polled() {
        lastPollNanos = loop.clock().nanos();
    }

    /** Speaks for this member of this generation from now on. */
    void start(GroupMetadata now) {
        loop.assertInLoop();
        stop();
        member = now;
        next(config.heartbeatIntervalMs());
    }

    void stop() {
        loop.assertInLoop();
        member = null;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void next(long delayMs) {
        timer = loop.schedule(delayMs, this::beat);
    }

    private void beat() {
        GroupMetadata now = member;
        if (now == null) {
            return;
        }
        if (loop.clock().nanos() - lastPollNanos >= maxPollNanos) {
            stop();
            LeaveGroup.send(cluster, now, "poll was not called in time");
            mailbox.execute(
                    () ->
                            events.onLost(
                                    now.generationId(),
                                    "poll was not called for max.poll.interval.ms="
                                            + config.maxPollIntervalMs()));
            return;
        }
        RequestFactory<HeartbeatResponse> request =
                RequestFactory.of(ApiKey.HEARTBEAT, version -> request(version, now));
        calls.send(
                        now.groupId(),
                        Purpose.GROUP,
                        request,
                        config.sessionTimeoutMs(),
                        Heartbeats::errorOf)
                .whenComplete((answered, error) -> onAnswer(now, answered, error));
    }

    private static HeartbeatRequest request(short version, GroupMetadata member) {
        HeartbeatRequest request =
                new HeartbeatRequest()
                        .groupId(member.groupId())
                        .generationId(member.generationId())
                        .memberId(member.memberId());
        if (version >= FIRST_INSTANCE_VERSION) {
            request.groupInstanceId(member.groupInstanceId().orElse(null));
        }
        return request;
    }

    private static ErrorCode errorOf(Answered<HeartbeatResponse> answered) {
        return ErrorCode.forCode(answered.response().errorCode());
    }

    private void onAnswer(
            GroupMetadata asked,
            @Nullable Answered<HeartbeatResponse> answered,
            @Nullable Throwable failure) {
        if (!asked.equals(member)) {
            return;
        }
        if (answered == null || failure != null) {
            // The next one looks for the coordinator again.
            next(config.client().retryBackoffMs());
            return;
        }
        ErrorCode error = errorOf(answered);
        switch (error) {
            case NONE -> next(config.heartbeatIntervalMs());
            case REBALANCE_IN_PROGRESS -> {
                mailbox.execute(() -> events.onRebalance(asked.generationId()));
                next(config.heartbeatIntervalMs());
            }
            case ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID -> {
                stop();
                mailbox.execute(() -> events.onLost(asked.generationId(), error.message()));
            }
            default -> {
                if (error.retriable()) {
                    next(config.client().retryBackoffMs());
                } else {
                    stop();
                    mailbox.execute(
                            () ->
                                    events.onFatal(
                                            Failures.of(
                                                    error,
                                                    "group " + asked.groupId() + ": heartbeat")));
                }
            }
        }
    }
}
