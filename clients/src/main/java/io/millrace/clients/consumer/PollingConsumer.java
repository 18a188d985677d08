package io.millrace.clients.consumer;

import io.millrace.base.time.Clock;
import io.millrace.clients.ClientException;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.ClusterView;
import io.millrace.clients.cluster.OffsetQueries;
import io.millrace.clients.cluster.PartitionDescription;
import io.millrace.clients.cluster.TopicView;
import io.millrace.clients.consumer.AssignedPartition.Search;
import io.millrace.clients.serde.Deserializer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consumer. Its state belongs to the thread that polls, which takes news from the network loop
 * out of the {@link PollMailbox} whenever it is inside a call; fetching, heartbeats and commits go
 * on on the loop.
 */
final class PollingConsumer<K, V> implements Consumer<K, V> {
    private static final Logger LOGGER = LoggerFactory.getLogger(PollingConsumer.class);
    private static final Duration DEFAULT_CLOSE = Duration.ofSeconds(30);

    /** Upper bound on one wait, so that positions and pattern subscriptions make progress. */
    private static final long MAX_WAIT_MS = 500;

    private static final long SEARCH_WAIT_MS = 50;

    private final ConsumerConfig config;
    private final ClusterClient cluster;
    private final Clock clock;
    private final PollMailbox mailbox = new PollMailbox();
    private final AssignedPartitions assigned = new AssignedPartitions();
    private final RecordCollector<K, V> collector;
    private final Fetcher fetcher;
    private final Positions positions;
    private final Commits commits;
    private final ClusterQuestions questions;
    private final RebalanceEffects effects;
    private final @Nullable Membership membership;
    private final SingleUser user = new SingleUser();
    private Set<String> subscription = Set.of();
    private @Nullable Pattern pattern;
    private boolean subscribed;

    PollingConsumer(
            ConsumerConfig config,
            ClusterClient cluster,
            Deserializer<K> keys,
            Deserializer<V> values,
            List<PartitionAssignor> assignors) {
        this.config = config;
        this.cluster = cluster;
        this.clock = cluster.loop().clock();
        this.collector = new RecordCollector<>(cluster, config, assigned, keys, values);
        this.fetcher = new Fetcher(cluster, config, mailbox, collector);
        this.positions = new Positions(cluster, config, mailbox, assigned, fetcher);
        collector.connect(fetcher, positions);
        this.commits =
                new Commits(
                        config, cluster, mailbox, assigned, this::requireGroup, () -> subscribed);
        this.questions = new ClusterQuestions(config, cluster, mailbox);
        this.effects =
                new RebalanceEffects(
                        assigned, positions, commits::beforeRevoking, collector::forget);
        this.membership = config.groupId().map(id -> membership(id, assignors)).orElse(null);
        cluster.metadata().listen(view -> mailbox.execute(this::onMetadata));
    }

    private Membership membership(String groupId, List<PartitionAssignor> assignors) {
        return switch (config.groupProtocol()) {
            case CLASSIC ->
                    new ClassicMembership(cluster, config, mailbox, assignors, effects, groupId);
            case CONSUMER -> new ConsumerMembership(cluster, config, mailbox, effects, groupId);
        };
    }

    @Override
    public void subscribe(Collection<String> topics, RebalanceListener listener) {
        user.inside(
                () -> {
                    if (topics.isEmpty()) {
                        leave("unsubscribed");
                        return;
                    }
                    beginSubscription(listener);
                    pattern = null;
                    subscription = Set.copyOf(topics);
                    cluster.loop().execute(() -> cluster.metadata().want(topics));
                    requireGroup().topics(subscription);
                });
    }

    @Override
    public void subscribe(Pattern topics, RebalanceListener listener) {
        user.inside(
                () -> {
                    beginSubscription(listener);
                    pattern = topics;
                    cluster.loop().execute(() -> cluster.metadata().wantOnly(List.of(), true));
                    onMetadata();
                });
    }

    @Override
    public void subscribe(SubscriptionPattern topics, RebalanceListener listener) {
        user.inside(
                () -> {
                    beginSubscription(listener);
                    requireGroup().topics(topics);
                    pattern = null;
                    subscription = Set.of();
                    // Whatever matches at the coordinator has to be known here by its id.
                    cluster.loop().execute(() -> cluster.metadata().wantOnly(List.of(), true));
                });
    }

    private void beginSubscription(RebalanceListener listener) {
        requireGroup();
        if (!subscribed && !assigned.partitions().isEmpty()) {
            throw new IllegalStateException(
                    "assign and subscribe exclude each other: unsubscribe first");
        }
        subscribed = true;
        effects.listener(listener);
    }

    private Membership requireGroup() {
        Membership group = membership;
        if (group == null) {
            throw new IllegalStateException("this consumer has no group: set group.id");
        }
        return group;
    }

    @Override
    public void assign(Collection<TopicPartition> partitions) {
        user.inside(
                () -> {
                    if (subscribed) {
                        throw new IllegalStateException(
                                "assign and subscribe exclude each other: unsubscribe first");
                    }
                    Set<TopicPartition> gone = new HashSet<>(assigned.partitions());
                    gone.removeAll(Set.copyOf(partitions));
                    if (!gone.isEmpty()) {
                        commits.beforeRevoking(gone);
                        positions.stop(gone);
                        collector.forget(gone);
                    }
                    assigned.retain(partitions);
                    Set<String> topics =
                            partitions.stream()
                                    .map(TopicPartition::topic)
                                    .collect(Collectors.toSet());
                    cluster.loop().execute(() -> cluster.metadata().want(topics));
                });
    }

    @Override
    public void unsubscribe() {
        user.inside(() -> leave("unsubscribed"));
    }

    private void leave(String why) {
        Membership group = membership;
        if (subscribed && group != null) {
            subscribed = false;
            subscription = Set.of();
            pattern = null;
            try {
                effects.revokeAll();
            } finally {
                waitFor(group.leave(why), config.client().requestTimeoutMs());
            }
            return;
        }
        Set<TopicPartition> gone = assigned.partitions();
        commits.beforeRevoking(gone);
        assigned.remove(gone);
        positions.stop(gone);
        collector.forget(gone);
    }

    @Override
    public Set<String> subscription() {
        return subscription;
    }

    @Override
    public Set<TopicPartition> assignment() {
        return assigned.partitions();
    }

    @Override
    public ConsumerRecords<K, V> poll(Duration timeout) {
        user.enter();
        try {
            long deadline = clock.nanos() + timeout.toNanos();
            Membership group = subscribed ? membership : null;
            if (group != null) {
                group.polled();
            }
            while (true) {
                mailbox.throwIfWoken();
                runPending();
                commits.automaticallyIfDue();
                if (group != null) {
                    group.advance();
                }
                positions.advance();
                ConsumerRecords<K, V> records = collector.collect();
                long left = deadline - clock.nanos();
                if (!records.isEmpty() || left <= 0) {
                    return records;
                }
                mailbox.await(Math.min(left, waitNanos(group)));
            }
        } finally {
            user.leave();
        }
    }

    private long waitNanos(@Nullable Membership group) {
        boolean searching =
                assigned.each().stream().anyMatch(partition -> !partition.hasPosition());
        long most = TimeUnit.MILLISECONDS.toNanos(searching ? SEARCH_WAIT_MS : MAX_WAIT_MS);
        return group == null ? most : Math.min(most, group.nanosToNext());
    }

    /** Takes news from the loop, then tells users what ended. */
    private void runPending() {
        mailbox.runPending();
        commits.runCallbacks();
    }

    private void onMetadata() {
        Membership group = membership;
        if (!subscribed || group == null) {
            return;
        }
        Pattern regex = pattern;
        if (regex != null) {
            ClusterView view = cluster.metadata().view();
            Set<String> matching =
                    view.topics().values().stream()
                            .filter(topic -> !topic.internal())
                            .map(TopicView::name)
                            .filter(name -> regex.matcher(name).matches())
                            .collect(Collectors.toSet());
            subscription = matching;
            group.topics(matching);
        }
        group.onMetadata();
    }

    @Override
    public void seek(TopicPartition partition, OffsetAndMetadata offset) {
        user.inside(
                () ->
                        positions.seek(
                                assigned.get(partition),
                                offset.offset(),
                                offset.leaderEpoch().orElse(-1)));
    }

    @Override
    public void seekToBeginning(Collection<TopicPartition> partitions) {
        user.inside(() -> searchAll(partitions, Search.EARLIEST));
    }

    @Override
    public void seekToEnd(Collection<TopicPartition> partitions) {
        user.inside(() -> searchAll(partitions, Search.LATEST));
    }

    private void searchAll(Collection<TopicPartition> partitions, Search what) {
        Collection<TopicPartition> all = partitions.isEmpty() ? assigned.partitions() : partitions;
        all.forEach(partition -> positions.search(assigned.get(partition), what));
    }

    @Override
    public void pause(Collection<TopicPartition> partitions) {
        user.inside(() -> partitions.forEach(partition -> assigned.get(partition).paused(true)));
    }

    @Override
    public void resume(Collection<TopicPartition> partitions) {
        user.inside(() -> partitions.forEach(partition -> assigned.get(partition).paused(false)));
    }

    @Override
    public Set<TopicPartition> paused() {
        return assigned.each().stream()
                .filter(AssignedPartition::isPaused)
                .map(AssignedPartition::partition)
                .collect(Collectors.toSet());
    }

    @Override
    public long position(TopicPartition partition) {
        user.enter();
        try {
            AssignedPartition found = assigned.get(partition);
            long deadline = clock.nanos() + apiNanos();
            while (!found.hasPosition()) {
                long left = deadline - clock.nanos();
                if (left <= 0) {
                    throw new ClientTimeoutException(
                            "%s: no position within %d ms"
                                    .formatted(partition, config.client().defaultApiTimeoutMs()));
                }
                positions.advance();
                mailbox.await(Math.min(left, TimeUnit.MILLISECONDS.toNanos(SEARCH_WAIT_MS)));
            }
            return found.position();
        } finally {
            user.leave();
        }
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
        return inside(() -> questions.committed(requireGroup().metadata().groupId(), partitions));
    }

    @Override
    public void commitSync() {
        user.inside(() -> commits.now(assigned.toCommit()));
    }

    @Override
    public void commitSync(Map<TopicPartition, OffsetAndMetadata> toCommit) {
        user.inside(() -> commits.now(toCommit));
    }

    @Override
    public void commitAsync(OffsetCommitCallback callback) {
        user.inside(() -> commits.later(assigned.toCommit(), callback));
    }

    @Override
    public void commitAsync(
            Map<TopicPartition, OffsetAndMetadata> toCommit, OffsetCommitCallback callback) {
        user.inside(() -> commits.later(Map.copyOf(toCommit), callback));
    }

    @Override
    public Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
            Map<TopicPartition, Long> times) {
        return inside(() -> questions.offsetsForTimes(times));
    }

    @Override
    public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
        return inside(() -> questions.ends(partitions, OffsetQueries.EARLIEST));
    }

    @Override
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
        return inside(() -> questions.ends(partitions, OffsetQueries.LATEST));
    }

    @Override
    public OptionalLong currentLag(TopicPartition partition) {
        AssignedPartition found = assigned.get(partition);
        long end = found.end(config.isolation());
        return end < 0 || !found.hasPosition()
                ? OptionalLong.empty()
                : OptionalLong.of(Math.max(0, end - found.position()));
    }

    @Override
    public List<PartitionDescription> partitionsFor(String topic) {
        return inside(() -> questions.partitionsOf(topic));
    }

    @Override
    public Map<String, List<PartitionDescription>> listTopics() {
        return inside(questions::topics);
    }

    @Override
    public GroupMetadata groupMetadata() {
        return requireGroup().metadata();
    }

    @Override
    public void enforceRebalance(String reason) {
        user.inside(() -> requireGroup().rejoin(reason));
    }

    @Override
    public void wakeup() {
        mailbox.wakeup();
    }

    @Override
    public void close() {
        close(DEFAULT_CLOSE);
    }

    @Override
    public void close(Duration timeout) {
        if (user.isClosed()) {
            return;
        }
        user.enter();
        try {
            mailbox.ignoreWakeups();
            leaveGently(timeout);
        } finally {
            user.close();
            user.leave();
            collector.close();
            cluster.loop().execute(fetcher::close);
            cluster.close();
        }
    }

    private void leaveGently(Duration timeout) {
        try {
            Membership group = membership;
            if (subscribed && group != null) {
                if (group.metadata().generationId() >= 0) {
                    commits.beforeRevoking(assigned.partitions());
                }
                subscribed = false;
                effects.closing();
                waitFor(group.leave("the consumer is closing"), timeout.toMillis());
            } else if (group != null) {
                commits.beforeRevoking(assigned.partitions());
            }
            runPending();
        } catch (ClientException e) {
            LOGGER.atWarn().addKeyValue("cause", e.getMessage()).log("closing without goodbye");
        }
    }

    private <T> T waitFor(CompletableFuture<T> future, long timeoutMs) {
        return mailbox.waitFor(future, TimeUnit.MILLISECONDS.toNanos(timeoutMs), clock);
    }

    private long apiNanos() {
        // A second more than the loop's own limit, whose failure says more.
        return TimeUnit.MILLISECONDS.toNanos(config.client().defaultApiTimeoutMs() + 1_000L);
    }

    private <T> T inside(Supplier<T> call) {
        user.enter();
        try {
            return call.get();
        } finally {
            user.leave();
        }
    }
}
