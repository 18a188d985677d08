package io.millrace.clients.consumer;

import io.millrace.base.time.Clock;
import io.millrace.clients.ClientException;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.ClusterView;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.OffsetQueries;
import io.millrace.clients.cluster.PartitionDescription;
import io.millrace.clients.cluster.TopicView;
import io.millrace.clients.consumer.AssignedPartition.Search;
import io.millrace.clients.serde.Deserializer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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
    private final CommitQueue commits;
    private final OffsetQueries offsets;
    private final RebalanceEffects effects;
    private final @Nullable GroupMembership membership;
    private final ArrayDeque<Runnable> callbacks = new ArrayDeque<>();
    private final AtomicReference<@Nullable Thread> user = new AtomicReference<>();
    private int depth;
    private Set<String> subscription = Set.of();
    private @Nullable Pattern pattern;
    private boolean subscribed;
    private long nextAutoCommitNanos;
    private volatile boolean closed;

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
        this.commits = new CommitQueue(cluster);
        this.offsets = new OffsetQueries(cluster);
        this.effects =
                new RebalanceEffects(
                        assigned, positions, this::commitBeforeRevoking, collector::forget);
        this.membership =
                config.groupId()
                        .map(
                                id ->
                                        new GroupMembership(
                                                cluster, config, mailbox, assignors, effects, id))
                        .orElse(null);
        this.nextAutoCommitNanos = clock.nanos() + autoCommitNanos();
        cluster.metadata().listen(view -> mailbox.execute(this::onMetadata));
    }

    @Override
    public void subscribe(Collection<String> topics, RebalanceListener listener) {
        inside(
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
        inside(
                () -> {
                    beginSubscription(listener);
                    pattern = topics;
                    cluster.loop().execute(() -> cluster.metadata().wantOnly(List.of(), true));
                    onMetadata();
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

    private GroupMembership requireGroup() {
        GroupMembership group = membership;
        if (group == null) {
            throw new IllegalStateException("this consumer has no group: set group.id");
        }
        return group;
    }

    @Override
    public void assign(Collection<TopicPartition> partitions) {
        inside(
                () -> {
                    if (subscribed) {
                        throw new IllegalStateException(
                                "assign and subscribe exclude each other: unsubscribe first");
                    }
                    Set<TopicPartition> gone = new HashSet<>(assigned.partitions());
                    gone.removeAll(Set.copyOf(partitions));
                    if (!gone.isEmpty()) {
                        commitBeforeRevoking(gone);
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
        inside(() -> leave("unsubscribed"));
    }

    private void leave(String why) {
        GroupMembership group = membership;
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
        commitBeforeRevoking(gone);
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
        enter();
        try {
            long deadline = clock.nanos() + timeout.toNanos();
            GroupMembership group = subscribed ? membership : null;
            if (group != null) {
                group.polled();
            }
            while (true) {
                mailbox.throwIfWoken();
                runPending();
                autoCommitIfDue();
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
            leaveCall();
        }
    }

    private long waitNanos(@Nullable GroupMembership group) {
        boolean searching =
                assigned.each().stream().anyMatch(partition -> !partition.hasPosition());
        long most = TimeUnit.MILLISECONDS.toNanos(searching ? SEARCH_WAIT_MS : MAX_WAIT_MS);
        return group == null ? most : Math.min(most, group.nanosToNext());
    }

    /** Takes news from the loop, then tells users what ended. */
    private void runPending() {
        mailbox.runPending();
        Runnable callback;
        while ((callback = callbacks.poll()) != null) {
            callback.run();
        }
    }

    private void onMetadata() {
        GroupMembership group = membership;
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
        inside(
                () ->
                        positions.seek(
                                assigned.get(partition),
                                offset.offset(),
                                offset.leaderEpoch().orElse(-1)));
    }

    @Override
    public void seekToBeginning(Collection<TopicPartition> partitions) {
        inside(() -> searchAll(partitions, Search.EARLIEST));
    }

    @Override
    public void seekToEnd(Collection<TopicPartition> partitions) {
        inside(() -> searchAll(partitions, Search.LATEST));
    }

    private void searchAll(Collection<TopicPartition> partitions, Search what) {
        Collection<TopicPartition> all = partitions.isEmpty() ? assigned.partitions() : partitions;
        all.forEach(partition -> positions.search(assigned.get(partition), what));
    }

    @Override
    public void pause(Collection<TopicPartition> partitions) {
        inside(() -> partitions.forEach(partition -> assigned.get(partition).paused(true)));
    }

    @Override
    public void resume(Collection<TopicPartition> partitions) {
        inside(() -> partitions.forEach(partition -> assigned.get(partition).paused(false)));
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
        enter();
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
            leaveCall();
        }
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
        enter();
        try {
            String group = requireGroup().metadata().groupId();
            var calls = new io.millrace.clients.cluster.GroupCalls(cluster);
            var purpose = io.millrace.clients.cluster.Connections.Purpose.REQUESTS;
            var found =
                    ask(
                            () ->
                                    cluster.retrying()
                                            .run(
                                                    config.client().defaultApiTimeoutMs(),
                                                    () ->
                                                            calls.fetchOffsets(
                                                                    group, partitions, purpose)));
            Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
            found.forEach(
                    (partition, offset) ->
                            committed.put(
                                    partition,
                                    new OffsetAndMetadata(
                                            offset.offset(),
                                            epoch(offset.leaderEpoch()),
                                            offset.metadata())));
            return committed;
        } finally {
            leaveCall();
        }
    }

    @Override
    public void commitSync() {
        inside(() -> commitAndWait(assigned.toCommit()));
    }

    @Override
    public void commitSync(Map<TopicPartition, OffsetAndMetadata> toCommit) {
        inside(() -> commitAndWait(toCommit));
    }

    private void commitAndWait(Map<TopicPartition, OffsetAndMetadata> toCommit) {
        if (!toCommit.isEmpty()) {
            GroupMetadata member = committer();
            long timeoutMs = config.client().defaultApiTimeoutMs();
            Map<TopicPartition, OffsetAndMetadata> copy = Map.copyOf(toCommit);
            ask(() -> commits.commit(copy, member, timeoutMs));
        }
    }

    /**
     * In whose name offsets are committed: a subscriber's own, else nobody's.
     *
     * @throws CommitFailedException if this subscriber is no member at the moment: in nobody's name
     *     it could overwrite what the members commit
     */
    private GroupMetadata committer() {
        GroupMetadata member = requireGroup().metadata();
        if (!subscribed) {
            return new GroupMetadata(member.groupId(), -1, "", java.util.Optional.empty());
        }
        if (member.generationId() < 0) {
            throw new CommitFailedException(
                    "group %s: nothing is committed: this consumer is no member now; poll to join"
                            .formatted(member.groupId()));
        }
        return member;
    }

    @Override
    public void commitAsync(OffsetCommitCallback callback) {
        inside(() -> commitLater(assigned.toCommit(), callback));
    }

    @Override
    public void commitAsync(
            Map<TopicPartition, OffsetAndMetadata> toCommit, OffsetCommitCallback callback) {
        inside(() -> commitLater(Map.copyOf(toCommit), callback));
    }

    private void commitLater(
            Map<TopicPartition, OffsetAndMetadata> toCommit, OffsetCommitCallback callback) {
        CompletableFuture<Void> done;
        try {
            GroupMetadata member = committer();
            done =
                    toCommit.isEmpty()
                            ? CompletableFuture.completedFuture(null)
                            : cluster.onLoop(() -> commits.commit(toCommit, member, 0));
        } catch (CommitFailedException e) {
            done = CompletableFuture.failedFuture(e);
        }
        mailbox.deliver(done)
                .whenComplete(
                        (nothing, error) ->
                                callbacks.add(
                                        () -> callback.onComplete(toCommit, clientError(error))));
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

    private long autoCommitNanos() {
        return TimeUnit.MILLISECONDS.toNanos(config.autoCommitIntervalMs());
    }

    private void autoCommitIfDue() {
        if (!config.autoCommit() || clock.nanos() - nextAutoCommitNanos < 0) {
            return;
        }
        nextAutoCommitNanos = clock.nanos() + autoCommitNanos();
        if (assigned.each().isEmpty()) {
            return;
        }
        commitLater(
                assigned.toCommit(),
                (committed, error) -> {
                    if (error != null) {
                        LOGGER.atWarn()
                                .addKeyValue("cause", error.getMessage())
                                .log("automatic commit failed; the next one includes it");
                    }
                });
    }

    private void commitBeforeRevoking(Set<TopicPartition> gone) {
        if (!config.autoCommit()) {
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> last = assigned.toCommit();
        last.keySet().retainAll(gone);
        try {
            commitAndWait(last);
        } catch (ClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("partitions", gone)
                    .addKeyValue("cause", e.getMessage())
                    .log("cannot commit before giving partitions back; records will be read again");
        }
    }

    @Override
    public Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(
            Map<TopicPartition, Long> times) {
        Map<TopicPartition, OffsetAndTimestamp> result = new HashMap<>();
        find(times)
                .forEach(
                        (partition, found) -> {
                            if (found.offset() >= 0) {
                                result.put(
                                        partition,
                                        new OffsetAndTimestamp(
                                                found.offset(),
                                                found.timestampMs(),
                                                epoch(found.leaderEpoch())));
                            }
                        });
        return result;
    }

    @Override
    public Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
        return ends(partitions, OffsetQueries.EARLIEST);
    }

    @Override
    public Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
        return ends(partitions, OffsetQueries.LATEST);
    }

    private Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions, long which) {
        Map<TopicPartition, Long> asked = new HashMap<>();
        partitions.forEach(partition -> asked.put(partition, which));
        Map<TopicPartition, Long> result = new HashMap<>();
        find(asked).forEach((partition, found) -> result.put(partition, found.offset()));
        return result;
    }

    private Map<TopicPartition, OffsetQueries.Found> find(Map<TopicPartition, Long> times) {
        enter();
        try {
            boolean committedOnly = config.isolation() == IsolationLevel.READ_COMMITTED;
            int timeoutMs = config.client().defaultApiTimeoutMs();
            return ask(() -> offsets.find(times, committedOnly, timeoutMs));
        } finally {
            leaveCall();
        }
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
        enter();
        try {
            ClusterView view = awaitTopic(topic);
            TopicView found = view.topic(topic);
            return found != null && found.isUsable() ? view.describe(topic) : List.of();
        } finally {
            leaveCall();
        }
    }

    private ClusterView awaitTopic(String topic) {
        TopicView known = cluster.metadata().usable(topic);
        if (known != null) {
            return cluster.metadata().view();
        }
        long before = cluster.metadata().view().version();
        return ask(
                () -> {
                    cluster.metadata().want(List.of(topic));
                    return cluster.metadata()
                            .await(
                                    view -> view.version() > before && view.topic(topic) != null,
                                    config.client().defaultApiTimeoutMs(),
                                    "metadata of topic " + topic);
                });
    }

    @Override
    public Map<String, List<PartitionDescription>> listTopics() {
        enter();
        try {
            ClusterView all = ask(() -> cluster.allTopics(config.client().defaultApiTimeoutMs()));
            return all.topics().keySet().stream()
                    .collect(Collectors.toMap(name -> name, all::describe));
        } finally {
            leaveCall();
        }
    }

    @Override
    public GroupMetadata groupMetadata() {
        return requireGroup().metadata();
    }

    @Override
    public void enforceRebalance(String reason) {
        inside(() -> requireGroup().rejoin(reason));
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
        if (closed) {
            return;
        }
        enter();
        try {
            mailbox.ignoreWakeups();
            leaveGently(timeout);
        } finally {
            closed = true;
            leaveCall();
            collector.close();
            cluster.loop().execute(fetcher::close);
            cluster.close();
        }
    }

    private void leaveGently(Duration timeout) {
        try {
            GroupMembership group = membership;
            if (subscribed && group != null) {
                subscribed = false;
                commitBeforeLeaving(group);
                effects.closing();
                waitFor(group.leave("the consumer is closing"), timeout.toMillis());
            } else if (group != null) {
                commitBeforeRevoking(assigned.partitions());
            }
            runPending();
        } catch (ClientException e) {
            LOGGER.atWarn().addKeyValue("cause", e.getMessage()).log("closing without goodbye");
        }
    }

    private void commitBeforeLeaving(GroupMembership group) {
        subscribed = true;
        if (group.metadata().generationId() >= 0) {
            commitBeforeRevoking(assigned.partitions());
        }
        subscribed = false;
    }

    private <T> T ask(java.util.function.Supplier<CompletableFuture<T>> start) {
        return mailbox.waitFor(cluster.onLoop(start), apiNanos(), clock);
    }

    private <T> T waitFor(CompletableFuture<T> future, long timeoutMs) {
        return mailbox.waitFor(future, TimeUnit.MILLISECONDS.toNanos(timeoutMs), clock);
    }

    private long apiNanos() {
        // A second more than the loop's own limit, whose failure says more.
        return TimeUnit.MILLISECONDS.toNanos(config.client().defaultApiTimeoutMs() + 1_000L);
    }

    private static OptionalInt epoch(int wire) {
        return wire < 0 ? OptionalInt.empty() : OptionalInt.of(wire);
    }

    private void inside(Runnable call) {
        enter();
        try {
            call.run();
        } finally {
            leaveCall();
        }
    }

    /** Listeners call back in, so entering nests; another thread may not. */
    private void enter() {
        if (closed) {
            throw new IllegalStateException("the consumer is closed");
        }
        Thread now = Thread.currentThread();
        if (user.get() != now && !user.compareAndSet(null, now)) {
            throw new ConcurrentModificationException(
                    "the consumer is in use by another thread; only wakeup may be called from"
                            + " here");
        }
        depth++;
    }

    private void leaveCall() {
        if (--depth == 0) {
            user.set(null);
        }
    }
}
