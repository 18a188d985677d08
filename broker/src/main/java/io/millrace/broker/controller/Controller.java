package io.millrace.broker.controller;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.LoopClosedException;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.config.ConfigCatalog;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataDelta;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.BatchWriter;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.ControllerClaim;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.OversizedRecordException;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.zk.election.Candidate;
import io.millrace.zk.election.ControllerTerm;
import io.millrace.zk.election.Election;
import io.millrace.zk.log.AppendResult;
import io.millrace.zk.log.LogFollower;
import io.millrace.zk.log.MetadataLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller of this broker: stands for election, and while it leads turns requests, timers and
 * signs of death into records. It decides nothing itself: the plans do, pure functions of the
 * speculative image. Owned by the metadata loop; the methods of {@link ControllerApi} post to it.
 */
public final class Controller implements ControllerApi {
    private static final Logger LOGGER = LoggerFactory.getLogger(Controller.class);

    /** Requests that may wait for an election to end; more are refused. */
    static final int MAX_WAITING = 1_000;

    /** Time between looks at who is silent, and whether another round is due. */
    static final long TICK_MS = 500;

    private final EventLoop loop;
    private final MetadataLog log;
    private final LogFollower follower;
    private final MetadataView view;
    private final Candidate candidate;
    private final ControllerConfig config;
    private final ConfigCatalog catalog;
    private final RandomSource random;
    private final BrokerWatch watch;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private @Nullable LedTerm term;
    private boolean electing;
    private boolean closed;

    /** Brokers that have a session; null until somebody said. */
    private @Nullable Set<Integer> living;

    private boolean watching;
    private long tickedAt;
    private long balancedAt;
    private long electedWhereAllowedAt;

    /** What is used for reading and writing the log, and for showing the result. */
    public record Ground(
            EventLoop loop, MetadataLog log, LogFollower follower, MetadataView view) {}

    public Controller(
            Ground ground,
            Candidate candidate,
            ControllerConfig config,
            ConfigCatalog catalog,
            RandomSource random) {
        this.loop = ground.loop();
        this.log = ground.log();
        this.follower = ground.follower();
        this.view = ground.view();
        this.candidate = candidate;
        this.config = config;
        this.catalog = catalog;
        this.random = random;
        this.watch = new BrokerWatch(config.brokerSilenceMs());
    }

    /** Stands for election from now on. On the loop. */
    public void start() {
        loop.assertInLoop();
        stand();
        tickedAt = now();
        loop.schedule(TICK_MS, this::tick);
    }

    /** Leads no more and stands no more. On the loop. */
    public void close() {
        loop.assertInLoop();
        closed = true;
        electing = false;
        term = null;
        refuseWaiting();
    }

    /** The term this broker leads, if it does. On the loop. */
    public @Nullable ControllerTerm leading() {
        LedTerm current = term;
        return current == null ? null : current.right();
    }

    private void stand() {
        if (closed || electing) {
            return;
        }
        electing = true;
        log.elect(candidate)
                .whenComplete(
                        (outcome, failure) -> {
                            if (failure != null) {
                                throw new IllegalStateException(
                                        "controller election failed for good", failure);
                            }
                            decided(outcome);
                        });
    }

    private void decided(Election outcome) {
        if (outcome instanceof Election.Won won) {
            ControllerTerm right = won.term();
            follower.moved(right.head());
            follower.reached(right.head().lastOffset()).thenRun(() -> loop.post(() -> lead(right)));
            return;
        }
        electing = false;
        Election.Lost lost = (Election.Lost) outcome;
        refuseWaiting();
        lost.vacated().thenRun(() -> loop.execute(this::stand));
    }

    private void lead(ControllerTerm right) {
        electing = false;
        if (closed) {
            return;
        }
        BatchWriter writer = new BatchWriter(right.head(), right.epoch(), random);
        LedTerm next = new LedTerm(right, writer, log, follower);
        term = next;
        List<MetadataRecord> first = new ArrayList<>();
        first.add(new ControllerClaim(right.nodeId(), right.epoch()));
        first.addAll(new FeaturePlan(next.image()).firstLevels());
        first.addAll(new ClusterDefaults(next.image(), catalog).first());
        append(next, first, true);
        LOGGER.atInfo()
                .addKeyValue("epoch", right.epoch())
                .addKeyValue("offset", right.head().nextOffset())
                .log("leads the cluster");
        long now = now();
        watch.restart(next.image(), now);
        balancedAt = now;
        electedWhereAllowedAt = now;
        appendAny(next, new Leadership(basis(next.image())).repair());
        while (!waiting.isEmpty()) {
            waiting.remove().run();
        }
        if (!watching) {
            watching = true;
            log.session().watchBrokers(this::onLivingBrokers);
        } else {
            fenceTheDead();
        }
    }

    private void onLivingBrokers(Set<Integer> ids) {
        living = ids;
        fenceTheDead();
    }

    private void fenceTheDead() {
        LedTerm current = term;
        if (current == null) {
            return;
        }
        Set<Integer> dead = watch.dead(current.image(), living, now());
        // While we lead, our session lives.
        dead.remove(candidate.nodeId());
        if (dead.isEmpty()) {
            return;
        }
        for (int id : dead) {
            BrokerImage broker = Objects.requireNonNull(current.image().broker(id));
            watch.fenced(broker, now());
            LOGGER.atInfo()
                    .addKeyValue("broker", id)
                    .addKeyValue("brokerEpoch", broker.epoch())
                    .addKeyValue("session", living == null || living.contains(id))
                    .addKeyValue("refused", watch.isRefused(broker, now()))
                    .log("broker is taken for dead; fencing it");
        }
        append(current, new BrokerPlan(basis(current.image())).fence(dead), false);
    }

    /**
     * Nobody listens at the broker's address. If it leads the cluster, whoever notices first ends
     * its term: were it alive after all, its next append would tell it. On the loop.
     */
    void refused(int brokerId, long brokerEpoch) {
        loop.assertInLoop();
        if (closed || brokerId == candidate.nodeId()) {
            return;
        }
        watch.refused(brokerId, brokerEpoch, now());
        if (term != null) {
            fenceTheDead();
            return;
        }
        MetadataImage image = follower.image();
        BrokerImage broker = image.broker(brokerId);
        boolean leads = image.controllerId().equals(OptionalInt.of(brokerId));
        if (leads
                && broker != null
                && broker.epoch() == brokerEpoch
                && watch.mayDepose(brokerId, brokerEpoch, now())) {
            LOGGER.atInfo()
                    .addKeyValue("controller", brokerId)
                    .log("controller refuses connections; ending its term");
            log.depose(brokerId, broker.incarnation());
        }
    }

    /** Somebody else may have claimed the log. On the loop. */
    void onDelta(MetadataDelta delta) {
        LedTerm current = term;
        if (current != null && delta.after().controllerEpoch() > current.right().epoch()) {
            resign(current);
        }
    }

    private void tick() {
        if (closed) {
            return;
        }
        long late = now() - tickedAt - TICK_MS;
        if (late > TICK_MS) {
            watch.excuse(late);
        }
        tickedAt = now();
        LedTerm current = term;
        if (current != null) {
            fenceTheDead();
            balance(current);
        }
        loop.schedule(TICK_MS, this::tick);
    }

    private void balance(LedTerm current) {
        ControllerConfig.Balancing balancing = config.balancing();
        if (balancing.enabled() && now() - balancedAt >= balancing.everyMs()) {
            balancedAt = now();
            appendAny(
                    current,
                    new ElectionPlan(basis(current.image())).balance(balancing.maxPercent()));
        }
        if (now() - electedWhereAllowedAt >= config.uncleanElectionMs()) {
            electedWhereAllowedAt = now();
            appendAny(current, new ElectionPlan(basis(current.image())).electWhereAllowed());
        }
    }

    @Override
    public CompletableFuture<List<AdminResult<CreatedTopic>>> createTopics(
            List<NewTopic> topics, boolean validateOnly) {
        return ask(t -> topicPlan(t.image()).create(topics, validateOnly));
    }

    @Override
    public CompletableFuture<List<AdminResult<String>>> deleteTopics(List<UUID> ids) {
        return ask(t -> topicPlan(t.image()).delete(ids));
    }

    @Override
    public CompletableFuture<List<AdminResult<String>>> createPartitions(
            List<MorePartitions> topics, boolean validateOnly) {
        return ask(t -> topicPlan(t.image()).grow(topics, validateOnly));
    }

    @Override
    public CompletableFuture<Map<ConfigResource, AdminResult<ConfigResource>>> alterConfigs(
            List<ConfigAlteration> alterations, boolean validateOnly) {
        return ask(t -> new ConfigPlan(t.image(), catalog).alter(alterations, validateOnly));
    }

    @Override
    public CompletableFuture<List<String>> updateFeatures(
            List<FeatureUpdate> updates, boolean validateOnly) {
        return ask(t -> new FeaturePlan(t.image()).update(updates, validateOnly));
    }

    @Override
    public CompletableFuture<List<AdminResult<QuotaAlteration>>> alterQuotas(
            List<QuotaAlteration> alterations, boolean validateOnly) {
        return ask(t -> new QuotaPlan(t.image()).alter(alterations, validateOnly));
    }

    @Override
    public CompletableFuture<Map<String, AdminResult<String>>> alterCredentials(
            List<ScramAlteration> alterations) {
        return ask(t -> new ScramPlan(t.image()).alter(alterations));
    }

    @Override
    public CompletableFuture<Void> unregisterBroker(int brokerId) {
        return ask(t -> new BrokerPlan(basis(t.image())).unregister(brokerId));
    }

    @Override
    public CompletableFuture<ProducerIdRange> allocateProducerIds(int brokerId, long brokerEpoch) {
        return askForBroker(
                t -> new BrokerPlan(basis(t.image())).allocateProducerIds(brokerId, brokerEpoch));
    }

    @Override
    public CompletableFuture<Long> registerBroker(BrokerJoin broker) {
        return askForBroker(t -> new BrokerPlan(basis(t.image())).register(broker, t.nextOffset()));
    }

    @Override
    public CompletableFuture<BeatAnswer> heartbeat(BrokerBeat beat) {
        return askForBroker(
                t -> {
                    int id = beat.brokerId();
                    watch.beat(id, beat.brokerEpoch(), now());
                    boolean hasSession = living == null || living.contains(id);
                    return new BrokerPlan(basis(t.image()))
                            .beat(beat, hasSession && watch.admits(id, beat.brokerEpoch(), now()));
                });
    }

    @Override
    public CompletableFuture<List<IsrVerdict>> alterPartitions(
            int brokerId, long brokerEpoch, List<IsrChange> changes) {
        return askForBroker(
                t -> new IsrPlan(basis(t.image())).alter(brokerId, brokerEpoch, changes));
    }

    @Override
    public CompletableFuture<List<ElectionResult>> electLeaders(
            ElectionType type, Optional<List<ElectionWish>> partitions) {
        return ask(t -> new ElectionPlan(basis(t.image())).elect(type, partitions));
    }

    @Override
    public CompletableFuture<List<AdminResult<ReassignmentWish>>> alterReassignments(
            List<ReassignmentWish> wishes, boolean allowReplicationFactorChange) {
        return ask(
                t ->
                        new ReassignmentPlan(basis(t.image()))
                                .alter(wishes, allowReplicationFactorChange));
    }

    @Override
    public CompletableFuture<List<AdminResult<DirectoryAssignment>>> assignDirectories(
            int brokerId, long brokerEpoch, List<DirectoryAssignment> assignments) {
        return askForBroker(
                t ->
                        new DirectoryPlan(basis(t.image()))
                                .assign(brokerId, brokerEpoch, assignments));
    }

    private TopicPlan topicPlan(MetadataImage image) {
        return new TopicPlan(image, config, catalog, random);
    }

    private Basis basis(MetadataImage image) {
        return new Basis(image, new ConfiguredTerms(image, catalog));
    }

    private long now() {
        return loop.clock().monotonicMs();
    }

    /** For administrators: answered when this broker shows the change. */
    private <T> CompletableFuture<T> ask(Function<LedTerm, Decision<T>> decide) {
        return ask(decide, true);
    }

    /** For brokers: answered when the change is committed, whatever this broker is busy with. */
    private <T> CompletableFuture<T> askForBroker(Function<LedTerm, Decision<T>> decide) {
        return ask(decide, false);
    }

    private <T> CompletableFuture<T> ask(
            Function<LedTerm, Decision<T>> decide, boolean untilShown) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            loop.execute(() -> admit(new Request<>(decide, untilShown, answer)));
        } catch (LoopClosedException e) {
            answer.completeExceptionally(notController("this broker stops"));
        }
        return answer;
    }

    /** {@code untilShown}: whether the answer waits until this broker shows the change. */
    private record Request<T>(
            Function<LedTerm, Decision<T>> decide,
            boolean untilShown,
            CompletableFuture<T> answer) {}

    private <T> void admit(Request<T> request) {
        LedTerm current = term;
        CompletableFuture<T> answer = request.answer;
        if (current != null) {
            answer(current, request);
        } else if (!electing) {
            answer.completeExceptionally(notController("another broker leads the cluster"));
        } else if (waiting.size() >= MAX_WAITING) {
            answer.completeExceptionally(
                    new ApiException(
                            ErrorCode.THROTTLING_QUOTA_EXCEEDED,
                            MAX_WAITING + " requests wait for the controller election; retry"));
        } else {
            waiting.add(() -> admit(request));
        }
    }

    private <T> void answer(LedTerm current, Request<T> request) {
        CompletableFuture<T> answer = request.answer;
        Decision<T> decision;
        CompletableFuture<AppendResult> written;
        try {
            decision = request.decide.apply(current);
            written =
                    decision.records().isEmpty()
                            ? current.lastAppend()
                            : append(current, decision.records(), decision.together());
        } catch (OversizedRecordException tooLarge) {
            answer.completeExceptionally(
                    new ApiException(
                            ErrorCode.INVALID_REQUEST, String.valueOf(tooLarge.getMessage())));
            return;
        } catch (RuntimeException refused) {
            // Deciding is pure, and nothing was sent: only this request suffers.
            answer.completeExceptionally(refused);
            return;
        }
        written.thenAccept(
                result -> {
                    if (!(result instanceof AppendResult.Committed committed)) {
                        answer.completeExceptionally(
                                notController(((AppendResult.Fenced) result).why()));
                    } else if (request.untilShown) {
                        answerWhenShown(committed, decision, answer);
                    } else {
                        answer.complete(decision.answer());
                    }
                });
    }

    private <T> void answerWhenShown(
            AppendResult.Committed committed, Decision<T> decision, CompletableFuture<T> answer) {
        view.awaitOffset(committed.position().lastOffset())
                .whenComplete(
                        (image, failure) -> {
                            if (failure == null) {
                                answer.complete(decision.answer());
                            } else {
                                answer.completeExceptionally(failure);
                            }
                        });
    }

    private void appendAny(LedTerm current, List<MetadataRecord> records) {
        if (!records.isEmpty()) {
            append(current, records, false);
        }
    }

    private CompletableFuture<AppendResult> append(
            LedTerm current, List<MetadataRecord> records, boolean together) {
        CompletableFuture<AppendResult> written = current.append(records, together);
        written.thenAccept(
                result -> {
                    if (!(result instanceof AppendResult.Committed)) {
                        resign(current);
                    }
                });
        return written;
    }

    private void resign(LedTerm ended) {
        if (term == ended) {
            LOGGER.atWarn().addKeyValue("epoch", ended.right().epoch()).log("leads no more");
            term = null;
            loop.post(this::stand);
        }
    }

    private void refuseWaiting() {
        List<Runnable> refused = List.copyOf(waiting);
        waiting.clear();
        refused.forEach(Runnable::run);
    }

    private static ApiException notController(String why) {
        return new ApiException(ErrorCode.NOT_CONTROLLER, "not the controller: " + why);
    }
}
