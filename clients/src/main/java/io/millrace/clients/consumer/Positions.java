package io.millrace.clients.consumer;

import io.millrace.base.time.Clock;
import io.millrace.clients.ClientException;
import io.millrace.clients.RetriableClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.OffsetQueries;
import io.millrace.clients.consumer.AssignedPartition.Search;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every assigned partition a position: the committed offset, else what {@code
 * auto.offset.reset} says, or what a seek to an end asked for; then starts fetching it. Of the
 * polling thread; asks the cluster on the loop and takes answers through the mailbox.
 */
final class Positions {
    private static final Logger LOGGER = LoggerFactory.getLogger(Positions.class);

    private final ClusterClient cluster;
    private final ConsumerConfig config;
    private final PollMailbox mailbox;
    private final AssignedPartitions assigned;
    private final Fetcher fetcher;
    private final GroupCalls groupCalls;
    private final OffsetQueries offsets;
    private final Clock clock;
    private @Nullable RuntimeException failure;

    Positions(
            ClusterClient cluster,
            ConsumerConfig config,
            PollMailbox mailbox,
            AssignedPartitions assigned,
            Fetcher fetcher) {
        this.cluster = cluster;
        this.config = config;
        this.mailbox = mailbox;
        this.assigned = assigned;
        this.fetcher = fetcher;
        this.groupCalls = new GroupCalls(cluster);
        this.offsets = new OffsetQueries(cluster);
        this.clock = cluster.loop().clock();
    }

    /** Starts the searches that are due. Throws what earlier ones failed with. */
    void advance() {
        RuntimeException failed = failure;
        if (failed != null) {
            failure = null;
            throw failed;
        }
        long now = clock.nanos();
        List<AssignedPartition> committed = new ArrayList<>();
        List<AssignedPartition> ends = new ArrayList<>();
        for (AssignedPartition partition : assigned.each()) {
            if (partition.needsSearch(now)) {
                partition.searching();
                (partition.search() == Search.COMMITTED ? committed : ends).add(partition);
            }
        }
        if (!committed.isEmpty()) {
            findCommitted(committed);
        }
        if (!ends.isEmpty()) {
            findEnds(ends);
        }
    }

    /** Reads on from here. */
    void seek(AssignedPartition partition, long offset, int leaderEpoch) {
        partition.seek(offset, leaderEpoch);
        startFetching(partition);
    }

    /** Looks for another position and stops reading meanwhile. */
    void search(AssignedPartition partition, Search what) {
        partition.search(what);
        cluster.loop().execute(() -> fetcher.stop(partition.partition()));
    }

    /** Stops reading what is no longer assigned. */
    void stop(Iterable<TopicPartition> partitions) {
        cluster.loop().execute(() -> partitions.forEach(fetcher::stop));
    }

    /** There is no position, or none that is in the log: do as configured. */
    void reset(AssignedPartition partition, String why) {
        switch (config.offsetReset()) {
            case EARLIEST -> search(partition, Search.EARLIEST);
            case LATEST -> search(partition, Search.LATEST);
            case NONE -> {
                failure =
                        new OffsetResetException(
                                "%s: %s, and auto.offset.reset=none"
                                        .formatted(partition.partition(), why),
                                List.of(partition.partition()));
                search(partition, Search.COMMITTED);
                pauseSearch(partition);
            }
        }
    }

    private void startFetching(AssignedPartition partition) {
        FetchTarget target =
                new FetchTarget(
                        partition.partition(),
                        partition.session(),
                        partition.position(),
                        partition.leaderEpoch());
        cluster.loop().execute(() -> fetcher.start(target));
        wantMetadata(partition.partition().topic());
    }

    private void wantMetadata(String topic) {
        if (cluster.metadata().view().topic(topic) == null) {
            cluster.loop().execute(() -> cluster.metadata().want(List.of(topic)));
        }
    }

    private void findCommitted(List<AssignedPartition> partitions) {
        String group = config.groupId().orElse(null);
        if (group == null) {
            partitions.forEach(partition -> reset(partition, "there is no group to commit to"));
            return;
        }
        Map<TopicPartition, Integer> sessions = sessions(partitions);
        CompletableFuture<Map<TopicPartition, GroupCalls.Committed>> found =
                cluster.onLoop(
                        () -> groupCalls.fetchOffsets(group, sessions.keySet(), Purpose.REQUESTS));
        mailbox.deliver(found)
                .whenComplete(
                        (committed, error) ->
                                forCurrent(
                                        sessions,
                                        error,
                                        partition ->
                                                onCommitted(
                                                        partition,
                                                        committed.get(partition.partition()))));
    }

    private void onCommitted(
            AssignedPartition partition, GroupCalls.@Nullable Committed committed) {
        if (committed == null) {
            reset(partition, "nothing is committed");
        } else {
            seek(partition, committed.offset(), committed.leaderEpoch());
        }
    }

    private void findEnds(List<AssignedPartition> partitions) {
        Map<TopicPartition, Integer> sessions = sessions(partitions);
        Map<TopicPartition, Long> times = new HashMap<>();
        for (AssignedPartition partition : partitions) {
            boolean earliest = partition.search() == Search.EARLIEST;
            times.put(
                    partition.partition(),
                    earliest ? OffsetQueries.EARLIEST : OffsetQueries.LATEST);
        }
        boolean committedOnly = config.isolation() == IsolationLevel.READ_COMMITTED;
        CompletableFuture<Map<TopicPartition, OffsetQueries.Found>> found =
                cluster.onLoop(
                        () ->
                                offsets.find(
                                        times,
                                        committedOnly,
                                        config.client().defaultApiTimeoutMs()));
        mailbox.deliver(found)
                .whenComplete(
                        (ends, error) ->
                                forCurrent(
                                        sessions,
                                        error,
                                        partition ->
                                                onEnd(partition, ends.get(partition.partition()))));
    }

    private void onEnd(AssignedPartition partition, OffsetQueries.@Nullable Found end) {
        if (end == null || end.offset() < 0) {
            pauseSearch(partition);
            return;
        }
        LOGGER.atInfo()
                .addKeyValue("partition", partition.partition())
                .addKeyValue("offset", end.offset())
                .log("no committed offset in use; starting here");
        seek(partition, end.offset(), end.leaderEpoch());
    }

    private static Map<TopicPartition, Integer> sessions(List<AssignedPartition> partitions) {
        Map<TopicPartition, Integer> sessions = new HashMap<>();
        partitions.forEach(partition -> sessions.put(partition.partition(), partition.session()));
        return sessions;
    }

    /** Does something with those partitions whose search was not overtaken by something else. */
    private void forCurrent(
            Map<TopicPartition, Integer> sessions,
            @Nullable Throwable error,
            java.util.function.Consumer<AssignedPartition> found) {
        RuntimeException cause = error == null ? null : Failures.unwrap(error);
        sessions.forEach(
                (partition, session) -> {
                    AssignedPartition current = assigned.find(partition);
                    if (current == null || current.session() != session) {
                        return;
                    }
                    if (cause == null) {
                        found.accept(current);
                    } else {
                        pauseSearch(current);
                    }
                });
        if (cause != null && !(cause instanceof RetriableClientException)) {
            failure =
                    cause instanceof ClientException
                            ? cause
                            : new ClientException("finding a position failed", cause);
        }
    }

    private void pauseSearch(AssignedPartition partition) {
        long pause = TimeUnit.MILLISECONDS.toNanos(config.client().retryBackoffMs());
        partition.searchAgainAt(clock.nanos() + pause);
    }
}
