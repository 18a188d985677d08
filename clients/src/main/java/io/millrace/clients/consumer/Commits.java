package io.millrace.clients.consumer;

import io.millrace.base.time.Clock;
import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Failures;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits this consumer's offsets: when asked to, and by itself if so configured. Of the polling
 * thread.
 */
final class Commits {
    private static final Logger LOGGER = LoggerFactory.getLogger(Commits.class);

    private final ConsumerConfig config;
    private final ClusterClient cluster;
    private final Clock clock;
    private final PollMailbox mailbox;
    private final AssignedPartitions assigned;
    private final CommitQueue queue;
    private final Supplier<Membership> group;
    private final BooleanSupplier subscribed;
    private final ArrayDeque<Runnable> callbacks = new ArrayDeque<>();
    private long nextAutomaticNanos;

    /**
     * @param group throws if there is none
     * @param subscribed whether the consumer is to be a member of its group
     */
    Commits(
            ConsumerConfig config,
            ClusterClient cluster,
            PollMailbox mailbox,
            AssignedPartitions assigned,
            Supplier<Membership> group,
            BooleanSupplier subscribed) {
        this.config = config;
        this.cluster = cluster;
        this.clock = cluster.loop().clock();
        this.mailbox = mailbox;
        this.assigned = assigned;
        this.queue = new CommitQueue(cluster);
        this.group = group;
        this.subscribed = subscribed;
        this.nextAutomaticNanos = clock.nanos() + intervalNanos();
    }

    private long intervalNanos() {
        return TimeUnit.MILLISECONDS.toNanos(config.autoCommitIntervalMs());
    }

    /** Commits and waits. */
    void now(Map<TopicPartition, OffsetAndMetadata> offsets) {
        if (offsets.isEmpty()) {
            return;
        }
        Supplier<GroupMetadata> member = committer();
        int timeoutMs = config.client().defaultApiTimeoutMs();
        Map<TopicPartition, OffsetAndMetadata> copy = Map.copyOf(offsets);
        // A second more than the loop's own limit, whose failure says more.
        mailbox.waitFor(
                cluster.onLoop(() -> queue.commit(copy, member, timeoutMs)),
                TimeUnit.MILLISECONDS.toNanos(timeoutMs + 1_000L),
                clock);
    }

    /** Commits without waiting; the callback runs within a later call of the consumer. */
    void later(Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
        CompletableFuture<Void> done;
        try {
            Supplier<GroupMetadata> member = committer();
            done =
                    offsets.isEmpty()
                            ? CompletableFuture.completedFuture(null)
                            : cluster.onLoop(() -> queue.commit(offsets, member, 0));
        } catch (CommitFailedException e) {
            done = CompletableFuture.failedFuture(e);
        }
        mailbox.deliver(done)
                .whenComplete(
                        (nothing, error) ->
                                callbacks.add(
                                        () -> callback.onComplete(offsets, clientError(error))));
    }

    /** Tells users what ended. */
    void runCallbacks() {
        Runnable callback;
        while ((callback = callbacks.poll()) != null) {
            callback.run();
        }
    }

    /**
     * In whose name offsets are committed: a subscriber's own, else nobody's.
     *
     * @throws CommitFailedException if this subscriber is no member at the moment: in nobody's name
     *     it could overwrite what the members commit
     */
    private Supplier<GroupMetadata> committer() {
        Membership membership = group.get();
        GroupMetadata member = membership.metadata();
        if (!subscribed.getAsBoolean()) {
            GroupMetadata nobody = new GroupMetadata(member.groupId(), -1, "", Optional.empty());
            return () -> nobody;
        }
        refuseUnlessMember(member);
        if (!membership.outlivesRebalances()) {
            return () -> member;
        }
        return () -> {
            GroupMetadata then = membership.metadata();
            refuseUnlessMember(then);
            return then;
        };
    }

    private static void refuseUnlessMember(GroupMetadata member) {
        if (member.generationId() < 0) {
            throw new CommitFailedException(
                    "group %s: nothing is committed: this consumer is no member now; poll to join"
                            .formatted(member.groupId()));
        }
    }

    private static @Nullable ClientException clientError(@Nullable Throwable error) {
        if (error == null) {
            return null;
        }
        RuntimeException cause = Failures.unwrap(error);
        return cause instanceof ClientException known
                ? known
                : new ClientException("commit failed", cause);
    }

    void automaticallyIfDue() {
        if (!config.autoCommit() || clock.nanos() - nextAutomaticNanos < 0) {
            return;
        }
        nextAutomaticNanos = clock.nanos() + intervalNanos();
        if (assigned.each().isEmpty()) {
            return;
        }
        later(
                assigned.toCommit(),
                (committed, error) -> {
                    if (error != null) {
                        LOGGER.atWarn()
                                .addKeyValue("cause", error.getMessage())
                                .log("automatic commit failed; the next one includes it");
                    }
                });
    }

    /** Commits the positions of partitions that go away, if commits are automatic. */
    void beforeRevoking(Set<TopicPartition> gone) {
        if (!config.autoCommit()) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> last = assigned.toCommit();
        last.keySet().retainAll(gone);
        try {
            now(last);
        } catch (ClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("partitions", gone)
                    .addKeyValue("cause", e.getMessage())
                    .log("cannot commit before giving partitions back; records will be read again");
        }
    }
}
