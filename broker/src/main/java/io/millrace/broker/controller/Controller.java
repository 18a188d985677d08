package io.millrace.broker.controller;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.LoopClosedException;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.config.ConfigCatalog;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.BatchWriter;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.ControllerClaim;
import io.millrace.metadata.record.MetadataBatch;
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
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller of this broker: stands for election, and while it leads turns requests into
 * records. Decisions are pure functions of the speculative image, which runs ahead of the log by
 * what is under way; when the term ends it is thrown away. Owned by the metadata loop; the methods
 * of {@link ControllerApi} post to it.
 */
public final class Controller implements ControllerApi {
    private static final Logger LOGGER = LoggerFactory.getLogger(Controller.class);

    /** Requests that may wait for an election to end; more are refused. */
    static final int MAX_WAITING = 1_000;

    private final EventLoop loop;
    private final MetadataLog log;
    private final LogFollower follower;
    private final MetadataView view;
    private final Candidate candidate;
    private final ControllerConfig config;
    private final ConfigCatalog catalog;
    private final RandomSource random;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private @Nullable Term term;
    private boolean electing;
    private boolean closed;
    private Set<Integer> living = Set.of();
    private boolean watching;

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
    }

    /** One term while it lasts. */
    private static final class Term {
        private final ControllerTerm right;
        private final BatchWriter writer;
        private MetadataImage speculative;
        private CompletableFuture<AppendResult> lastAppend;

        Term(ControllerTerm right, BatchWriter writer, MetadataImage image) {
            this.right = right;
            this.writer = writer;
            this.speculative = image;
            this.lastAppend =
                    CompletableFuture.completedFuture(new AppendResult.Committed(right.head()));
        }
    }

    /** Stands for election from now on. On the loop. */
    public void start() {
        loop.assertInLoop();
        stand();
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
        Term current = term;
        return current == null ? null : current.right;
    }

    /** Nobody listens at the broker's address. On the loop. */
    void refused(int brokerId, long brokerEpoch) {
        loop.assertInLoop();
        LOGGER.atDebug()
                .addKeyValue("broker", brokerId)
                .addKeyValue("brokerEpoch", brokerEpoch)
                .log("broker refuses connections");
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
            follower.reached(right.head().lastOffset()).thenRun(() -> lead(right));
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
        Term next =
                new Term(
                        right,
                        new BatchWriter(right.head(), right.epoch(), random),
                        follower.image());
        term = next;
        List<MetadataRecord> first = new ArrayList<>();
        first.add(new ControllerClaim(right.nodeId(), right.epoch()));
        first.addAll(new FeaturePlan(next.speculative).firstLevels());
        append(next, first);
        LOGGER.atInfo()
                .addKeyValue("epoch", right.epoch())
                .addKeyValue("offset", right.head().nextOffset())
                .log("leads the cluster");
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
        Term current = term;
        if (current == null) {
            return;
        }
        for (BrokerImage broker : current.speculative.brokers().values()) {
            if (!broker.fenced() && !living.contains(broker.id())) {
                LOGGER.atInfo()
                        .addKeyValue("broker", broker.id())
                        .addKeyValue("brokerEpoch", broker.epoch())
                        .log("broker lost its session; fencing it");
                append(current, brokerPlan(current.speculative).fence(broker));
            }
        }
    }

    @Override
    public CompletableFuture<List<AdminResult<CreatedTopic>>> createTopics(
            List<NewTopic> topics, boolean validateOnly) {
        return ask(t -> topicPlan(t.speculative).create(topics, validateOnly));
    }

    @Override
    public CompletableFuture<List<AdminResult<String>>> deleteTopics(List<UUID> ids) {
        return ask(t -> topicPlan(t.speculative).delete(ids));
    }

    @Override
    public CompletableFuture<List<AdminResult<String>>> createPartitions(
            List<MorePartitions> topics, boolean validateOnly) {
        return ask(t -> topicPlan(t.speculative).grow(topics, validateOnly));
    }

    @Override
    public CompletableFuture<Map<ConfigResource, AdminResult<ConfigResource>>> alterConfigs(
            List<ConfigAlteration> alterations, boolean validateOnly) {
        return ask(t -> new ConfigPlan(t.speculative, catalog).alter(alterations, validateOnly));
    }

    @Override
    public CompletableFuture<List<String>> updateFeatures(
            List<FeatureUpdate> updates, boolean validateOnly) {
        return ask(t -> new FeaturePlan(t.speculative).update(updates, validateOnly));
    }

    @Override
    public CompletableFuture<List<AdminResult<QuotaAlteration>>> alterQuotas(
            List<QuotaAlteration> alterations, boolean validateOnly) {
        return ask(t -> new QuotaPlan(t.speculative).alter(alterations, validateOnly));
    }

    @Override
    public CompletableFuture<Map<String, AdminResult<String>>> alterCredentials(
            List<ScramAlteration> alterations) {
        return ask(t -> new ScramPlan(t.speculative).alter(alterations));
    }

    @Override
    public CompletableFuture<Void> unregisterBroker(int brokerId) {
        return ask(t -> brokerPlan(t.speculative).unregister(brokerId));
    }

    @Override
    public CompletableFuture<ProducerIdRange> allocateProducerIds(int brokerId, long brokerEpoch) {
        return ask(t -> brokerPlan(t.speculative).allocateProducerIds(brokerId, brokerEpoch));
    }

    @Override
    public CompletableFuture<Long> registerBroker(BrokerJoin broker) {
        return ask(
                t -> brokerPlan(t.speculative).register(broker, t.writer.position().nextOffset()));
    }

    @Override
    public CompletableFuture<BeatAnswer> heartbeat(BrokerBeat beat) {
        return ask(t -> brokerPlan(t.speculative).beat(beat));
    }

    @Override
    public CompletableFuture<List<IsrVerdict>> alterPartitions(
            int brokerId, long brokerEpoch, List<IsrChange> changes) {
        return notYet();
    }

    @Override
    public CompletableFuture<List<ElectionResult>> electLeaders(
            ElectionType type, Optional<List<ElectionWish>> partitions) {
        return notYet();
    }

    @Override
    public CompletableFuture<List<AdminResult<ReassignmentWish>>> alterReassignments(
            List<ReassignmentWish> wishes, boolean allowReplicationFactorChange) {
        return notYet();
    }

    @Override
    public CompletableFuture<List<AdminResult<DirectoryAssignment>>> assignDirectories(
            int brokerId, long brokerEpoch, List<DirectoryAssignment> assignments) {
        return notYet();
    }

    private static <T> CompletableFuture<T> notYet() {
        return CompletableFuture.failedFuture(new ApiException(ErrorCode.UNSUPPORTED_VERSION));
    }

    private TopicPlan topicPlan(MetadataImage image) {
        return new TopicPlan(image, config, catalog, random);
    }

    private BrokerPlan brokerPlan(MetadataImage image) {
        return new BrokerPlan(
                image, new LeaderElection(image, topic -> minInsyncReplicas(image, topic)));
    }

    private int minInsyncReplicas(MetadataImage image, String topic) {
        String value = catalog.value(image, ConfigResource.topic(topic), "min.insync.replicas");
        return value == null ? 1 : Integer.parseInt(value.trim());
    }

    private <T> CompletableFuture<T> ask(Function<Term, Decision<T>> decide) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            loop.execute(() -> admit(decide, answer));
        } catch (LoopClosedException e) {
            answer.completeExceptionally(notController("this broker stops"));
        }
        return answer;
    }

    private <T> void admit(Function<Term, Decision<T>> decide, CompletableFuture<T> answer) {
        Term current = term;
        if (current != null) {
            answer(current, decide, answer);
        } else if (!electing) {
            answer.completeExceptionally(notController("another broker leads the cluster"));
        } else if (waiting.size() >= MAX_WAITING) {
            answer.completeExceptionally(
                    new ApiException(
                            ErrorCode.THROTTLING_QUOTA_EXCEEDED,
                            MAX_WAITING + " requests wait for the controller election; retry"));
        } else {
            waiting.add(() -> admit(decide, answer));
        }
    }

    private <T> void answer(
            Term current, Function<Term, Decision<T>> decide, CompletableFuture<T> answer) {
        Decision<T> decision;
        CompletableFuture<AppendResult> written;
        try {
            decision = decide.apply(current);
            // A decision without records rests on the speculative image: what that contains must
            // be committed, too, before anybody is told.
            written =
                    decision.records().isEmpty()
                            ? current.lastAppend
                            : append(current, decision.records());
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
                    if (result instanceof AppendResult.Committed committed) {
                        view.awaitOffset(committed.position().lastOffset())
                                .whenComplete(
                                        (image, failure) -> {
                                            if (failure == null) {
                                                answer.complete(decision.answer());
                                            } else {
                                                answer.completeExceptionally(failure);
                                            }
                                        });
                    } else {
                        answer.completeExceptionally(
                                notController(((AppendResult.Fenced) result).why()));
                    }
                });
    }

    /** Appends one atomic change; the future tells what became of its last batch. */
    private CompletableFuture<AppendResult> append(Term current, List<MetadataRecord> records) {
        ImageEditor editor = new ImageEditor(current.speculative);
        records.forEach(editor::apply);
        List<CompletableFuture<AppendResult>> results = new ArrayList<>();
        for (MetadataBatch batch : current.writer.write(records)) {
            results.add(log.append(current.right, batch));
        }
        current.speculative = editor.finish(current.writer.position()).after();
        CompletableFuture<AppendResult> last = results.get(results.size() - 1);
        current.lastAppend = last;
        last.thenAccept(
                result -> {
                    if (result instanceof AppendResult.Committed committed) {
                        follower.moved(committed.position());
                    } else {
                        resign(current);
                    }
                });
        return last;
    }

    private void resign(Term ended) {
        if (term == ended) {
            LOGGER.atWarn().addKeyValue("epoch", ended.right.epoch()).log("leads no more");
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
