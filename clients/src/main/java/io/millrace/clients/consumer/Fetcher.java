package io.millrace.clients.consumer;

import io.millrace.base.loop.EventLoop;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.ClusterView;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.Outcome;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.PartitionView;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.clients.cluster.TopicView;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.FetchResponse.PartitionData;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.Records;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fetches ahead of the polling thread: one request at a time to each broker, the next as soon as
 * the answer is there, for all partitions of which at most {@link #MAX_WAITING} fetches wait to be
 * consumed. Memory is bounded by that times {@code max.partition.fetch.bytes} and partitions.
 * Belongs to the network loop; speaks to the polling thread through its mailbox.
 */
final class Fetcher {
    /** One being consumed, one ready: a fetch more would only wait. */
    private static final int MAX_WAITING = 2;

    private static final int FIRST_TOPIC_ID_VERSION = 13;

    /** The first version with record batches of format 2. */
    private static final int LOWEST_VERSION = 4;

    private static final int CONSUMER = -1;
    private static final UUID NO_ID = new UUID(0, 0);

    private final ClusterClient cluster;
    private final EventLoop loop;
    private final ConsumerConfig config;
    private final PollMailbox mailbox;
    private final FetchEvents events;
    private final LinkedHashMap<TopicPartition, FetchTarget> targets = new LinkedHashMap<>();
    private final Map<Integer, Broker> brokers = new HashMap<>();
    private boolean planned;
    private boolean stopped;

    /** What goes on with one broker. */
    private static final class Broker {
        private final FetchSession session = new FetchSession();
        private boolean asking;
        private long notBeforeNanos;
        private boolean delayed;
    }

    Fetcher(ClusterClient cluster, ConsumerConfig config, PollMailbox mailbox, FetchEvents events) {
        this.cluster = cluster;
        this.loop = cluster.loop();
        this.config = config;
        this.mailbox = mailbox;
        this.events = events;
        cluster.metadata().listen(view -> plan());
    }

    /** Fetches a partition from here on, instead of from wherever it was fetched before. */
    void start(FetchTarget target) {
        loop.assertInLoop();
        targets.put(target.partition(), target);
        plan();
    }

    void stop(TopicPartition partition) {
        loop.assertInLoop();
        targets.remove(partition);
    }

    /** One fetch of the partition was consumed. */
    void consumed(TopicPartition partition, int session) {
        FetchTarget target = targets.get(partition);
        if (target != null && target.session() == session) {
            target.consumed();
            plan();
        }
    }

    void close() {
        loop.assertInLoop();
        stopped = true;
        targets.clear();
    }

    /** Looks what can be fetched, once for everything that happens now. */
    private void plan() {
        if (!planned && !stopped) {
            planned = true;
            loop.post(
                    () -> {
                        planned = false;
                        fetch();
                    });
        }
    }

    private void fetch() {
        long now = loop.clock().nanos();
        ClusterView view = cluster.metadata().view();
        Map<Integer, Map<TopicPartition, FetchTarget>> byNode = new HashMap<>();
        boolean homeless = false;
        for (FetchTarget target : targets.values()) {
            if (target.waiting() >= MAX_WAITING || target.isDelayed(now)) {
                continue;
            }
            var leader = view.leaderOf(target.partition());
            if (leader.isPresent()) {
                byNode.computeIfAbsent(leader.get(), node -> new LinkedHashMap<>())
                        .put(target.partition(), target);
            } else {
                homeless = true;
            }
        }
        if (homeless) {
            cluster.metadata().requestUpdate();
        }
        byNode.forEach(
                (node, wanted) -> {
                    Broker broker = brokers.computeIfAbsent(node, id -> new Broker());
                    boolean delayed = broker.delayed && now - broker.notBeforeNanos < 0;
                    if (!broker.asking && !delayed) {
                        fetch(node, broker, wanted, view);
                    }
                });
    }

    private void fetch(
            int node, Broker broker, Map<TopicPartition, FetchTarget> wanted, ClusterView view) {
        broker.asking = true;
        broker.delayed = false;
        Map<TopicPartition, FetchSession.Asked> asked = new LinkedHashMap<>();
        Map<UUID, String> names = new HashMap<>();
        boolean allIds = true;
        for (FetchTarget target : wanted.values()) {
            TopicPartition partition = target.partition();
            TopicView topic = view.topic(partition.topic());
            PartitionView at = view.partition(partition);
            UUID id = topic == null ? NO_ID : topic.id();
            allIds &= !id.equals(NO_ID);
            names.put(id, partition.topic());
            asked.put(
                    partition,
                    new FetchSession.Asked(
                            id,
                            target.nextOffset(),
                            at == null ? -1 : at.leaderEpoch(),
                            target.lastEpoch(),
                            config.maxPartitionFetchBytes()));
        }
        int highest = allIds ? ApiKey.FETCH.maxVersion() : FIRST_TOPIC_ID_VERSION - 1;
        RequestFactory<FetchResponse> request =
                RequestFactory.between(
                        ApiKey.FETCH,
                        LOWEST_VERSION,
                        highest,
                        version -> request(version, broker.session, asked));
        long timeoutMs = (long) config.client().requestTimeoutMs() + config.fetchMaxWaitMs();
        cluster.connections()
                .send(node, Purpose.FETCH, request, timeoutMs)
                .thenAccept(outcome -> onOutcome(broker, wanted, names, outcome));
    }

    private FetchRequest request(
            short version, FetchSession session, Map<TopicPartition, FetchSession.Asked> asked) {
        FetchSession.Delta delta = session.next(asked, version >= FIRST_TOPIC_ID_VERSION);
        FetchRequest request =
                new FetchRequest()
                        .maxWaitMs(config.fetchMaxWaitMs())
                        .minBytes(config.fetchMinBytes())
                        .maxBytes(config.fetchMaxBytes())
                        .isolationLevel((byte) config.isolation().ordinal())
                        .topics(delta.topics());
        if (version < 15) {
            request.replicaId(CONSUMER);
        }
        if (version >= 7) {
            request.sessionId(delta.id())
                    .sessionEpoch(delta.epoch())
                    .forgottenTopicsData(delta.forgotten());
        }
        return request;
    }

    private void onOutcome(
            Broker broker,
            Map<TopicPartition, FetchTarget> wanted,
            Map<UUID, String> names,
            Outcome<FetchResponse> outcome) {
        broker.asking = false;
        if (!(outcome instanceof Answered<FetchResponse> answered)) {
            broker.session.reset();
            cluster.metadata().requestUpdate();
            delay(broker);
            return;
        }
        FetchResponse response = answered.response();
        ErrorCode error = ErrorCode.forCode(response.errorCode());
        if (error.isError()) {
            // Whatever the broker thinks of our session: a full request settles it.
            broker.session.reset();
            if (error != ErrorCode.FETCH_SESSION_ID_NOT_FOUND
                    && error != ErrorCode.INVALID_FETCH_SESSION_EPOCH) {
                cluster.metadata().requestUpdate();
                delay(broker);
            } else {
                plan();
            }
            return;
        }
        broker.session.answered(response.sessionId());
        boolean byId = answered.version() >= FIRST_TOPIC_ID_VERSION;
        for (FetchResponse.FetchableTopicResponse topic : response.responses()) {
            String name = byId ? names.get(topic.topicId()) : topic.topic();
            if (name == null) {
                continue;
            }
            for (PartitionData data : topic.partitions()) {
                TopicPartition partition = new TopicPartition(name, data.partitionIndex());
                FetchTarget target = wanted.get(partition);
                // Identity: a seek meanwhile made another target, and this answer is void.
                if (target != null && targets.get(partition) == target) {
                    onPartition(target, data);
                }
            }
        }
        plan();
    }

    private void delay(Broker broker) {
        int backoffMs = config.client().retryBackoffMs();
        broker.delayed = true;
        broker.notBeforeNanos = loop.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(backoffMs);
        loop.schedule(backoffMs + 1L, this::plan);
    }

    private void onPartition(FetchTarget target, PartitionData data) {
        ErrorCode error = ErrorCode.forCode(data.errorCode());
        TopicPartition partition = target.partition();
        int session = target.session();
        if (error == ErrorCode.NONE) {
            onRecords(target, data);
        } else if (error == ErrorCode.OFFSET_OUT_OF_RANGE) {
            targets.remove(partition);
            long offset = target.nextOffset();
            tell(() -> events.onOutOfRange(partition, session, offset));
        } else if (error.retriable() || error == ErrorCode.UNKNOWN_SERVER_ERROR) {
            cluster.metadata().requestUpdate();
            int backoffMs = config.client().retryBackoffMs();
            target.delayUntil(loop.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(backoffMs));
            loop.schedule(backoffMs + 1L, this::plan);
        } else {
            targets.remove(partition);
            tell(
                    () ->
                            events.onFailure(
                                    partition,
                                    session,
                                    Failures.of(error, partition + ": fetching")));
        }
    }

    private void onRecords(FetchTarget target, PartitionData data) {
        TopicPartition partition = target.partition();
        long diverging = data.divergingEpoch().endOffset();
        if (diverging >= 0) {
            targets.remove(partition);
            tell(() -> events.onTruncated(partition, target.session(), diverging));
            return;
        }
        long high = data.highWatermark();
        long stable = data.lastStableOffset();
        boolean news = target.watermarks(high, stable);
        Records records = data.records();
        if (records == null || records.sizeInBytes() == 0) {
            if (news) {
                tell(() -> events.onWatermarks(partition, target.session(), high, stable));
            }
            return;
        }
        ByteBuf bytes = ((BufferRecords) records).buffer();
        RecordBatchView last = lastWhole(bytes);
        if (last == null) {
            // KIP-74: brokers send a whole first batch; this one is not ours to understand.
            target.delayUntil(
                    loop.clock().nanos()
                            + TimeUnit.MILLISECONDS.toNanos(config.client().retryBackoffMs()));
            return;
        }
        long fetchOffset = target.nextOffset();
        long nextOffset = Math.max(fetchOffset, last.nextOffset());
        target.fetched(nextOffset, last.partitionLeaderEpoch());
        // The one just served goes to the end, so that every partition has its turn.
        targets.remove(partition);
        targets.put(partition, target);
        List<FetchResponse.AbortedTransaction> aborted = data.abortedTransactions();
        FetchedRecords fetched =
                new FetchedRecords(
                        partition,
                        target.session(),
                        fetchOffset,
                        bytes,
                        nextOffset,
                        high,
                        stable,
                        aborted == null ? List.of() : aborted);
        tell(() -> events.onFetched(fetched));
    }

    private static @Nullable RecordBatchView lastWhole(ByteBuf bytes) {
        RecordBatchView last = null;
        for (RecordBatchView batch : new RecordBatches(bytes)) {
            last = batch;
        }
        return last;
    }

    private void tell(Runnable event) {
        mailbox.execute(event);
    }
}
