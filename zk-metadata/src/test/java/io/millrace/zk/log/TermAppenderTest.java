package io.millrace.zk.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.base.time.RandomSource;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.BatchWriter;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.ControllerClaim;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.zk.election.Candidate;
import io.millrace.zk.election.ClusterPaths;
import io.millrace.zk.election.ControllerTerm;
import io.millrace.zk.election.Election;
import io.millrace.zk.election.HeadNode;
import io.millrace.zk.session.SimulatedEnsemble;
import io.millrace.zk.session.SimulatedEnsemble.Fate;
import io.millrace.zk.session.SimulatedZnodes;
import io.millrace.zk.session.ZnodeWrite;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Appends whose connection breaks, whose session ends, or that somebody overtook. */
class TermAppenderTest {
    private static final ClusterPaths PATHS = ClusterPaths.of("c");

    private final ManualClock clock = new ManualClock(0);
    private final ManualEventLoop ensembleLoop = new ManualEventLoop("ensemble", clock);
    private final ManualEventLoop loop = new ManualEventLoop("metadata", clock);
    private final ManualEventLoop otherLoop = new ManualEventLoop("other", clock);
    private final ArrayDeque<Fate> fates = new ArrayDeque<>();
    private final SimulatedEnsemble ensemble =
            new SimulatedEnsemble(
                    ensembleLoop, () -> fates.isEmpty() ? Fate.ANSWERED : fates.remove());
    private final SimulatedZnodes znodes = ensemble.connect(loop);
    private final RandomSource random = RandomSource.seeded(5);
    private final ZnodeMetadataLog log = new ZnodeMetadataLog(znodes, PATHS, loop);
    private final Candidate candidate = candidate(1);
    private ControllerTerm term;
    private BatchWriter writer;

    private Candidate candidate(int node) {
        return new Candidate(node, random.nextUuid(), random.nextUuid());
    }

    private void run() {
        for (int i = 0; i < 50; i++) {
            boolean ran = true;
            while (ran) {
                ran = ensembleLoop.runNext() | loop.runNext() | otherLoop.runNext();
            }
            clock.advance(Duration.ofMillis(10));
        }
    }

    @BeforeEach
    void winTheFirstTerm() {
        CompletableFuture<Election> election = new CompletableFuture<>();
        loop.post(
                () ->
                        log.session()
                                .found("id")
                                .thenCompose(id -> log.elect(candidate))
                                .thenAccept(election::complete));
        run();
        term = ((Election.Won) election.join()).term();
        writer = new BatchWriter(term.head(), term.epoch(), random);
        assertThat(appendAndRun(claim())).isInstanceOf(AppendResult.Committed.class);
    }

    private MetadataBatch claim() {
        return writer.write(List.of(new ControllerClaim(1, term.epoch()))).get(0);
    }

    private MetadataBatch change(String value) {
        return writer.write(List.of(new ConfigChange(ConfigResource.topic("t"), "k", value)))
                .get(0);
    }

    private AppendResult appendAndRun(MetadataBatch batch) {
        return appendAllAndRun(List.of(batch)).get(0);
    }

    private List<AppendResult> appendAllAndRun(List<MetadataBatch> batches) {
        List<CompletableFuture<AppendResult>> results = new ArrayList<>();
        loop.post(() -> batches.forEach(batch -> results.add(log.append(term, batch))));
        run();
        return results.stream().map(CompletableFuture::join).toList();
    }

    private HeadNode head() {
        return HeadNode.decode(ensemble.committed(PATHS.head()));
    }

    @Test
    void aRequestLostOnItsWayIsSentAgainAndCommittedOnce() {
        fates.add(Fate.LOST_BEFORE);

        assertThat(appendAndRun(change("a"))).isInstanceOf(AppendResult.Committed.class);
        assertThat(head().position()).isEqualTo(writer.position());
    }

    @Test
    void aCommitWhoseReplyIsLostIsFoundAndNotRepeated() {
        fates.add(Fate.LOST_AFTER);
        MetadataBatch batch = change("a");

        assertThat(appendAndRun(batch))
                .isEqualTo(new AppendResult.Committed(batch.positionAfter()));
        assertThat(head().nonce()).isEqualTo(batch.nonce());
    }

    @Test
    void ofAPipelineThatBreaksInTheMiddleEveryBatchIsCommittedOnceInOrder() {
        fates.addAll(List.of(Fate.ANSWERED, Fate.LOST_AFTER, Fate.LOST_BEFORE, Fate.LOST_BEFORE));
        List<MetadataBatch> batches =
                List.of(change("a"), change("b"), change("c"), change("d"), change("e"));

        List<AppendResult> results = appendAllAndRun(batches);

        for (int i = 0; i < batches.size(); i++) {
            assertThat(results.get(i))
                    .isEqualTo(new AppendResult.Committed(batches.get(i).positionAfter()));
        }
        assertThat(head().position()).isEqualTo(writer.position());
    }

    @Test
    void aForeignWriteAtOurPlaceEndsTheTerm() {
        MetadataBatch mine = change("mine");
        BatchWriter thief = new BatchWriter(head().position(), term.epoch(), random);
        MetadataBatch theirs =
                thief.write(List.of(new ConfigChange(ConfigResource.topic("t"), "k", "theirs")))
                        .get(0);
        SimulatedZnodes other = ensemble.connect(otherLoop);
        otherLoop.post(
                () ->
                        other.get(PATHS.head())
                                .thenCompose(
                                        node ->
                                                other.commit(
                                                        List.of(
                                                                new ZnodeWrite.Put(
                                                                        PATHS.head(),
                                                                        HeadNode.after(theirs)
                                                                                .encode(),
                                                                        node.version()),
                                                                new ZnodeWrite.Create(
                                                                        PATHS.logBatch(
                                                                                theirs
                                                                                        .baseOffset()),
                                                                        theirs.encoded(),
                                                                        false)))));
        run();

        AppendResult result = appendAndRun(mine);

        assertThat(result).isInstanceOf(AppendResult.Fenced.class);
        assertThat(((AppendResult.Fenced) result).maybeCommitted()).isFalse();
        assertThat(head().nonce()).isEqualTo(theirs.nonce());
    }

    @Test
    void aNewTermFencesTheOldOneAtOnceThoughItsSessionLives() {
        SimulatedZnodes rivalZnodes = ensemble.connect(otherLoop);
        ZnodeMetadataLog rival = new ZnodeMetadataLog(rivalZnodes, PATHS, otherLoop);
        CompletableFuture<Election> won = new CompletableFuture<>();
        otherLoop.post(
                () ->
                        rivalZnodes
                                .commit(
                                        List.of(
                                                new ZnodeWrite.Delete(
                                                        PATHS.controller(),
                                                        ZnodeWrite.ANY_VERSION)))
                                .thenCompose(gone -> rival.elect(candidate(2)))
                                .thenAccept(won::complete));
        run();
        MetadataBatch late = change("late");

        AppendResult result = appendAndRun(late);

        assertThat(((Election.Won) won.join()).term().epoch()).isEqualTo(term.epoch() + 1);
        assertThat(result).isInstanceOf(AppendResult.Fenced.class);
        assertThat(head().nonce()).isNotEqualTo(late.nonce());
    }

    @Test
    void afterTheSessionEndedNothingMoreOfTheTermIsAccepted() {
        ensemble.expire(znodes);
        run();

        assertThat(appendAndRun(change("a")))
                .isEqualTo(new AppendResult.Fenced("term " + term.epoch() + " is over", false));
    }

    @Test
    void aBatchThatDoesNotContinueTheTermIsABug() {
        change("skipped");
        MetadataBatch next = change("next");
        CompletableFuture<AppendResult> result = new CompletableFuture<>();
        loop.post(
                () -> {
                    try {
                        log.append(term, next);
                    } catch (IllegalArgumentException e) {
                        result.completeExceptionally(e);
                    }
                });
        run();

        assertThatThrownBy(result::join).hasMessageContaining("does not continue the log");
    }

    @Test
    void aLogThatEndsBeforeWhatWeAppliedStopsTheFollower() {
        List<Throwable> broken = new ArrayList<>();
        BatchWriter elsewhere = new BatchWriter(LogPosition.START, 1, random);
        List<MetadataBatch> history = new ArrayList<>();
        history.addAll(elsewhere.write(List.of(new ControllerClaim(9, 1))));
        io.millrace.metadata.image.LogReplay ahead =
                new io.millrace.metadata.image.LogReplay(MetadataImage.EMPTY);
        for (int i = 0; i < 20; i++) {
            history.addAll(
                    elsewhere.write(
                            List.of(new ConfigChange(ConfigResource.topic("t"), "k", "" + i))));
        }
        history.forEach(ahead::accept);
        LogFollower follower = new LogFollower(log, loop, ahead.image(), broken::add);
        loop.post(follower::start);
        run();

        assertThat(broken).hasSize(1);
        assertThat(broken.get(0)).hasMessageContaining("restored from an old backup");
    }
}
