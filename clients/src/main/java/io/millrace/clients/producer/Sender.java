package io.millrace.clients.producer;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.LoopClosedException;
import io.millrace.clients.ClientException;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.Outcome;
import io.millrace.clients.cluster.TopicView;
import io.millrace.protocol.message.ProduceResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Takes batches out of the accumulator and sends them, to each broker at most {@code
 * max.in.flight.requests.per.connection} requests at a time, each with at most one batch of a
 * partition. Belongs to the network loop, except {@link #announce} and {@link #hurry}.
 *
 * <p>Lingering adapts: a batch that is not full goes out at once when nothing is in flight to its
 * broker; otherwise it waits for that answer, for being full, or for {@code linger.ms}.
 */
final class Sender {
    private static final int QUEUE_CHUNK = 128;

    private final ClusterClient cluster;
    private final EventLoop loop;
    private final ProducerConfig config;
    private final MemoryBudget budget;
    private final ProduceOutcomes outcomes;
    private final ProducerIdentity identity;
    private final @Nullable Transactions transactions;
    private final MpscUnboundedArrayQueue<PartitionQueue> announced =
            new MpscUnboundedArrayQueue<>(QUEUE_CHUNK);
    private final AtomicBoolean drainPosted = new AtomicBoolean();
    private final Set<PartitionQueue> active = new LinkedHashSet<>();
    private final Map<Integer, Integer> inFlightByNode = new HashMap<>();
    private final long lingerNanos;
    private final long deliveryNanos;
    private EventLoop.@Nullable Timer timer;
    private long timerNanos;
    private boolean lingerNoMore;

    Sender(
            ClusterClient cluster,
            ProducerConfig config,
            MemoryBudget budget,
            ProduceOutcomes.Doing doing) {
        this.cluster = cluster;
        this.loop = cluster.loop();
        this.config = config;
        this.budget = budget;
        this.lingerNanos = TimeUnit.MILLISECONDS.toNanos(config.lingerMs());
        this.deliveryNanos = TimeUnit.MILLISECONDS.toNanos(config.deliveryTimeoutMs());
        this.identity =
                new ProducerIdentity(
                        cluster, config.transactionalId().isPresent(), this::drain, this::failAll);
        this.transactions =
                config.transactionalId()
                        .map(id -> new Transactions(cluster, config, id, identity, batches(doing)))
                        .orElse(null);
        this.outcomes = new ProduceOutcomes(cluster, config, identity, transactions, doing);
        cluster.metadata().listen(view -> drain());
    }

    private Transactions.Batches batches(ProduceOutcomes.Doing doing) {
        return new Transactions.Batches() {
            @Override
            public boolean allDone() {
                return doing.allFinished()
                        && inFlightByNode.values().stream().allMatch(n -> n == 0);
            }

            @Override
            public void seal() {
                doing.sealAll();
            }

            @Override
            public void hurry() {
                Sender.this.hurry();
            }
        };
    }

    /** Present with a {@code transactional.id}. */
    Optional<Transactions> transactions() {
        return Optional.ofNullable(transactions);
    }

    /** There is something new in this queue. From any thread. */
    void announce(PartitionQueue queue) {
        announced.offer(queue);
        hurry();
    }

    /** Look at everything soon. From any thread. */
    void hurry() {
        if (!drainPosted.get() && drainPosted.compareAndSet(false, true)) {
            try {
                loop.post(this::onHurry);
            } catch (LoopClosedException e) {
                drainPosted.set(false);
                throw new ClientException("the producer is closed", e);
            }
        }
    }

    private void onHurry() {
        drainPosted.set(false);
        drain();
    }

    /** From now on nothing waits for more records. */
    void lingerNoMore() {
        loop.assertInLoop();
        lingerNoMore = true;
        drain();
    }

    /** Fails everything not sent yet, and whatever is in flight. */
    void failAll(ClientException error) {
        loop.assertInLoop();
        collectAnnounced();
        failUnsent(error);
        for (PartitionQueue queue : List.copyOf(active)) {
            List.copyOf(queue.inFlight()).forEach(batch -> outcomes.fail(batch, error));
        }
    }

    private void failUnsent(ClientException error) {
        for (PartitionQueue queue : List.copyOf(active)) {
            queue.takeAllUnsent().forEach(batch -> outcomes.fail(batch, error));
        }
    }

    private void collectAnnounced() {
        PartitionQueue queue;
        while ((queue = announced.poll()) != null) {
            queue.looked();
            active.add(queue);
        }
    }

    /** Sends what can be sent now, and sets the timer for what cannot. */
    private void drain() {
        collectAnnounced();
        if (transactions == null) {
            drainActive();
            return;
        }
        ClientException refusal = transactions.refusal();
        if (refusal != null) {
            failUnsent(refusal);
        }
        drainActive();
        transactions.advance();
    }

    private void drainActive() {
        if (active.isEmpty() || config.idempotent() && !identity.isReady()) {
            wakeForExpiry();
            return;
        }
        long now = loop.clock().nanos();
        expire(now);
        Map<Integer, List<PartitionQueue>> byNode = byLeader();
        byNode.forEach((node, queues) -> drain(node, queues, now));
        active.removeIf(PartitionQueue::isIdle);
        setTimer(now);
    }

    private Map<Integer, List<PartitionQueue>> byLeader() {
        Map<Integer, List<PartitionQueue>> byNode = new HashMap<>();
        boolean unknown = false;
        for (PartitionQueue queue : active) {
            var leader = cluster.metadata().view().leaderOf(queue.partition());
            if (leader.isPresent()) {
                byNode.computeIfAbsent(leader.get(), node -> new ArrayList<>()).add(queue);
            } else {
                unknown = true;
            }
        }
        if (unknown) {
            cluster.metadata().requestUpdate();
        }
        return byNode;
    }

    private void drain(int node, List<PartitionQueue> queues, long now) {
        if (cluster.connections().isBackingOff(node, Purpose.REQUESTS)) {
            cluster.metadata().requestUpdate();
            return;
        }
        while (inFlightByNode.getOrDefault(node, 0) < config.maxInFlightPerConnection()) {
            boolean idle = inFlightByNode.getOrDefault(node, 0) == 0;
            List<ProducerBatch> batches = new ArrayList<>();
            List<PartitionQueue> served = new ArrayList<>();
            int bytes = 0;
            for (PartitionQueue queue : queues) {
                ProducerBatch batch = next(queue, idle, now);
                if (batch == null) {
                    continue;
                }
                if (!batches.isEmpty() && bytes + batch.sizeInBytes() > config.maxRequestSize()) {
                    break;
                }
                take(queue, batch);
                bytes += batch.sizeInBytes();
                batches.add(batch);
                served.add(queue);
            }
            if (batches.isEmpty()) {
                return;
            }
            // Whoever did not get in comes first next time.
            served.forEach(active::remove);
            active.addAll(served);
            send(node, batches);
        }
    }

    /** The batch of a queue that may go now; it stays in the queue. */
    private @Nullable ProducerBatch next(PartitionQueue queue, boolean idle, long now) {
        ProducerBatch next = nextOf(queue, idle, now);
        boolean admitted =
                next == null || transactions == null || transactions.admits(queue.partition());
        return admitted ? next : null;
    }

    private @Nullable ProducerBatch nextOf(PartitionQueue queue, boolean idle, long now) {
        if (!queue.retries().isEmpty()) {
            // One at a time, so that a batch never overtakes the one it should follow.
            return queue.inFlight().isEmpty() && queue.retryIsDue(now)
                    ? queue.retries().get(0)
                    : null;
        }
        if (queue.mustDrainFirst()) {
            return null;
        }
        boolean takeOpen =
                idle
                        || lingerNoMore
                        || budget.isExhausted()
                        || now - queue.openSinceNanos(now) >= lingerNanos;
        return queue.peekSealed(takeOpen);
    }

    private void take(PartitionQueue queue, ProducerBatch batch) {
        if (queue.isSequenceSpent()) {
            identity.bump(queue.producerId(), queue.producerEpoch());
            queue.restartSequence();
        }
        if (!queue.retries().remove(batch)) {
            queue.removeSealed(batch);
        }
        if (config.idempotent()) {
            queue.assignSequence(batch, identity.id(), identity.epoch());
        }
        queue.inFlight().add(batch);
        batch.sent();
    }

    private void send(int node, List<ProducerBatch> batches) {
        inFlightByNode.merge(node, 1, Integer::sum);
        Map<String, java.util.UUID> ids = new HashMap<>();
        for (ProducerBatch batch : batches) {
            TopicView topic = cluster.metadata().view().topic(batch.partition().topic());
            if (topic != null) {
                ids.put(topic.name(), topic.id());
            }
        }
        boolean brokersAddPartitions = transactions != null && transactions.epochPerTransaction();
        ProduceCall call = new ProduceCall(batches, ids, config, brokersAddPartitions);
        cluster.connections()
                .send(node, Purpose.REQUESTS, call, cluster.config().requestTimeoutMs())
                .thenAccept(outcome -> onOutcome(node, call, outcome));
    }

    private void onOutcome(int node, ProduceCall call, Outcome<ProduceResponse> outcome) {
        inFlightByNode.merge(node, -1, Integer::sum);
        for (ProducerBatch batch : call.batches()) {
            PartitionQueue queue = queueOf(batch);
            queue.inFlight().remove(batch);
            outcomes.handle(queue, batch, call.resultOf(batch, outcome));
            batch.returned();
            active.add(queue);
        }
        drain();
    }

    private PartitionQueue queueOf(ProducerBatch batch) {
        return outcomes.queueOf(batch);
    }

    private void expire(long now) {
        for (PartitionQueue queue : active) {
            for (ProducerBatch batch : queue.takeExpired(now - deliveryNanos)) {
                outcomes.expired(batch);
            }
            for (ProducerBatch batch : queue.inFlight()) {
                if (now - batch.createdNanos() >= deliveryNanos && !batch.isDone()) {
                    // Its records hear of it now; its memory stays until the network is through.
                    queue.giveUpInDoubt();
                    outcomes.expired(batch);
                }
            }
        }
    }

    private void wakeForExpiry() {
        if (!active.isEmpty()) {
            long now = loop.clock().nanos();
            expire(now);
            setTimer(now);
        }
    }

    private void setTimer(long now) {
        long earliest = Long.MAX_VALUE;
        for (PartitionQueue queue : active) {
            earliest = Math.min(earliest, nanosToNextChange(queue, now));
        }
        if (earliest == Long.MAX_VALUE || timer != null && timerNanos - now <= earliest) {
            return;
        }
        if (timer != null) {
            timer.cancel();
        }
        timerNanos = now + earliest;
        long ms = Math.max(1, TimeUnit.NANOSECONDS.toMillis(earliest + 999_999));
        timer =
                loop.schedule(
                        ms,
                        () -> {
                            timer = null;
                            drain();
                        });
    }

    private long nanosToNextChange(PartitionQueue queue, long now) {
        long least = TimeUnit.SECONDS.toNanos(1);
        if (!queue.retries().isEmpty()) {
            return Math.min(least, Math.max(0, queue.retryAtNanos() - now));
        }
        long since = queue.openSinceNanos(Long.MIN_VALUE);
        return since == Long.MIN_VALUE
                ? least
                : Math.min(least, Math.max(0, since + lingerNanos - now));
    }
}
