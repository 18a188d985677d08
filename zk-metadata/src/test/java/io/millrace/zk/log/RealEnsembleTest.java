package io.millrace.zk.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.MetadataSnapshot;
import io.millrace.metadata.record.BatchWriter;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.ControllerClaim;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.zk.election.Candidate;
import io.millrace.zk.election.ClusterPaths;
import io.millrace.zk.election.ControllerTerm;
import io.millrace.zk.election.Election;
import io.millrace.zk.embedded.EmbeddedZooKeeper;
import io.millrace.zk.session.ZnodeException;
import io.millrace.zk.session.ZnodeWrite;
import io.millrace.zk.session.ZooKeeperConfig;
import io.millrace.zk.session.ZooKeeperZnodes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metadata log against a real ZooKeeper server in this process. */
class RealEnsembleTest {
    private static final ClusterPaths PATHS = ClusterPaths.of("test");
    private static final int SESSION_MS = 6_000;

    @TempDir Path directory;

    private final List<Member> members = new ArrayList<>();
    private final RandomSource random = RandomSource.seeded(7);
    private EmbeddedZooKeeper zooKeeper;

    /** One broker's view, on a loop of its own. */
    private final class Member implements AutoCloseable {
        final ThreadedEventLoop loop;
        final ZooKeeperZnodes znodes;
        final ZnodeMetadataLog log;
        final Candidate candidate;

        Member(int nodeId) throws Exception {
            loop =
                    ThreadedEventLoop.start(
                            "metadata-" + nodeId, SystemClock.INSTANCE, (failed, cause) -> {});
            znodes = new ZooKeeperZnodes(loop, zooKeeper.clientConfig(SESSION_MS));
            log =
                    CompletableFuture.supplyAsync(
                                    () -> new ZnodeMetadataLog(znodes, PATHS, loop), loop::post)
                            .join();
            candidate = new Candidate(nodeId, random.nextUuid(), random.nextUuid());
            members.add(this);
        }

        <T> T on(Supplier<CompletableFuture<T>> call) throws Exception {
            return CompletableFuture.supplyAsync(call, loop::post)
                    .thenCompose(future -> future)
                    .get(20, TimeUnit.SECONDS);
        }

        ControllerTerm win() throws Exception {
            return ((Election.Won) on(() -> log.elect(candidate))).term();
        }

        @Override
        public void close() {
            CompletableFuture.runAsync(znodes::close, loop::post).join();
            loop.close();
        }
    }

    @BeforeEach
    void startServer() throws Exception {
        zooKeeper = EmbeddedZooKeeper.start(directory.resolve("zookeeper"));
    }

    @AfterEach
    void stopServer() {
        members.forEach(Member::close);
        zooKeeper.close();
    }

    private Member founder() throws Exception {
        Member member = new Member(1);
        assertThat(member.on(() -> member.log.session().found("cluster-a"))).isEqualTo("cluster-a");
        return member;
    }

    private static List<MetadataRecord> claim(ControllerTerm term) {
        return List.of(new ControllerClaim(term.nodeId(), term.epoch()));
    }

    private static MetadataRecord config(String key, String value) {
        return new ConfigChange(ConfigResource.topic("orders"), key, value);
    }

    private static void appendAll(Member member, ControllerTerm term, List<MetadataBatch> batches)
            throws Exception {
        for (MetadataBatch batch : batches) {
            assertThat(member.on(() -> member.log.append(term, batch)))
                    .isEqualTo(new AppendResult.Committed(batch.positionAfter()));
        }
    }

    @Test
    void whatOneBrokerAppendsAnotherFollows() throws Exception {
        Member leader = founder();
        ControllerTerm term = leader.win();
        BatchWriter writer = new BatchWriter(term.head(), term.epoch(), random);
        appendAll(leader, term, writer.write(claim(term)));

        Member reader = new Member(2);
        BlockingQueue<MetadataImage> images = new LinkedBlockingQueue<>();
        LogFollower follower =
                new LogFollower(reader.log, reader.loop, MetadataImage.EMPTY, cause -> {});
        reader.loop.post(
                () -> {
                    follower.listen(delta -> images.add(delta.after()));
                    follower.start();
                });
        MetadataImage first = images.poll(10, TimeUnit.SECONDS);
        assertThat(first.controllerId()).hasValue(1);
        appendAll(leader, term, writer.write(List.of(config("retention.ms", "1"))));

        MetadataImage second = images.poll(10, TimeUnit.SECONDS);
        assertThat(second.offset()).isEqualTo(1);
        assertThat(second.config(ConfigResource.topic("orders")))
                .containsEntry("retention.ms", "1");
    }

    @Test
    void aLaterTermFencesTheEarlierOneForGood() throws Exception {
        Member old = founder();
        ControllerTerm oldTerm = old.win();
        BatchWriter oldWriter = new BatchWriter(oldTerm.head(), oldTerm.epoch(), random);
        appendAll(old, oldTerm, oldWriter.write(claim(oldTerm)));

        Member other = new Member(2);
        Election.Lost lost = (Election.Lost) other.on(() -> other.log.elect(other.candidate));
        assertThat(lost.controllerId()).isEqualTo(1);
        assertThat(lost.vacated()).isNotDone();
        old.on(
                () ->
                        old.znodes.commit(
                                List.of(
                                        new ZnodeWrite.Delete(
                                                PATHS.controller(), ZnodeWrite.ANY_VERSION))));
        lost.vacated().get(10, TimeUnit.SECONDS);
        ControllerTerm term = other.win();
        assertThat(term.epoch()).isEqualTo(oldTerm.epoch() + 1);
        assertThat(term.head()).isEqualTo(oldWriter.position());

        MetadataBatch late = oldWriter.write(List.of(config("a", "b"))).get(0);
        assertThat(old.on(() -> old.log.append(oldTerm, late)))
                .isInstanceOf(AppendResult.Fenced.class);
        BatchWriter writer = new BatchWriter(term.head(), term.epoch(), random);
        appendAll(other, term, writer.write(claim(term)));
        assertThat(old.on(() -> old.log.head())).isEqualTo(writer.position());
    }

    @Test
    void pipelinedAppendsAreAllCommittedInOrder() throws Exception {
        Member leader = founder();
        ControllerTerm term = leader.win();
        BatchWriter writer = new BatchWriter(term.head(), term.epoch(), random);
        List<CompletableFuture<AppendResult>> results = new ArrayList<>();
        leader.on(
                () -> {
                    writer.write(claim(term)).forEach(b -> results.add(leader.log.append(term, b)));
                    for (int i = 0; i < 200; i++) {
                        writer.write(List.of(config("k" + i, "x".repeat(20_000))))
                                .forEach(b -> results.add(leader.log.append(term, b)));
                    }
                    return CompletableFuture.allOf(results.toArray(CompletableFuture[]::new));
                });

        assertThat(results)
                .allSatisfy(r -> assertThat(r.join()).isInstanceOf(AppendResult.Committed.class));
        assertThat(leader.on(() -> leader.log.head())).isEqualTo(writer.position());
    }

    @Test
    void aReaderBehindTheTrimPointLoadsTheSnapshot() throws Exception {
        Member leader = founder();
        ControllerTerm term = leader.win();
        BatchWriter writer = new BatchWriter(term.head(), term.epoch(), random);
        BlockingQueue<MetadataImage> images = new LinkedBlockingQueue<>();
        LogFollower own =
                new LogFollower(leader.log, leader.loop, MetadataImage.EMPTY, cause -> {});
        leader.loop.post(
                () -> {
                    own.listen(delta -> images.add(delta.after()));
                    own.start();
                });
        appendAll(leader, term, writer.write(claim(term)));
        MetadataImage image = images.poll(10, TimeUnit.SECONDS);
        for (int round = 0; round < 3; round++) {
            appendAll(leader, term, writer.write(List.of(config("round", "" + round))));
            image = images.poll(10, TimeUnit.SECONDS);
            MetadataSnapshot snapshot = MetadataSnapshot.of(image);
            leader.on(() -> leader.log.snapshots().save(term, snapshot));
        }
        // Kept: the snapshots of the last two rounds, and the log behind the older one.
        assertThat(leader.on(() -> leader.znodes.children(PATHS.snapshots()))).hasSize(3);
        assertThat(leader.on(() -> leader.znodes.children(PATHS.log()))).hasSize(1);

        ReadResult read = leader.on(() -> leader.log.read(0, writer.position()));
        assertThat(read).isInstanceOf(ReadResult.Trimmed.class);
        MetadataImage restored = ((ReadResult.Trimmed) read).snapshot().toImage();
        assertThat(restored.config(ConfigResource.topic("orders"))).containsEntry("round", "2");
        assertThat(restored.position()).isEqualTo(writer.position());
    }

    @Test
    void aNewProcessOfTheSameDirectoryTakesItsPredecessorsPlaceAtOnce() throws Exception {
        Member old = founder();
        old.win();
        old.on(() -> old.log.session().join(old.candidate));
        Member reborn = new Member(1);
        Candidate successor = new Candidate(1, random.nextUuid(), old.candidate.directoryId());

        reborn.on(() -> reborn.log.session().join(successor));
        Election election = reborn.on(() -> reborn.log.elect(successor));

        assertThat(((Election.Won) election).term().epoch()).isEqualTo(2);
    }

    @Test
    void anotherDirectoryWithTheSameBrokerIdIsRefused() throws Exception {
        Member first = founder();
        first.on(() -> first.log.session().join(first.candidate));
        Member second = new Member(1);

        assertThatThrownBy(() -> second.on(() -> second.log.session().join(second.candidate)))
                .hasRootCauseInstanceOf(DuplicateBrokerException.class)
                .hasMessageContaining("broker id 1");
    }

    @Test
    void aClosedSessionIsSeenByTheOthers() throws Exception {
        Member watcher = founder();
        BlockingQueue<Set<Integer>> seen = new LinkedBlockingQueue<>();
        watcher.loop.post(() -> watcher.log.session().watchBrokers(seen::add));
        assertThat(seen.poll(10, TimeUnit.SECONDS)).isEmpty();
        Member other = new Member(2);
        other.on(() -> other.log.session().join(other.candidate));
        assertThat(seen.poll(10, TimeUnit.SECONDS)).containsExactly(2);

        members.remove(other);
        other.close();

        assertThat(seen.poll(10, TimeUnit.SECONDS)).isEmpty();
    }

    @Test
    void whoDoesNotKnowTheSecretCannotReadTheCluster() throws Exception {
        founder();
        ThreadedEventLoop loop =
                ThreadedEventLoop.start("stranger", SystemClock.INSTANCE, (failed, cause) -> {});
        ZooKeeperConfig anonymous =
                new ZooKeeperConfig(
                        "127.0.0.1:" + zooKeeper.port(), SESSION_MS, false, Optional.empty());
        ZooKeeperZnodes stranger = new ZooKeeperZnodes(loop, anonymous);

        CompletableFuture<Object> read =
                CompletableFuture.supplyAsync(
                                () -> stranger.get(PATHS.controllerEpoch()), loop::post)
                        .thenCompose(future -> future.thenApply(node -> (Object) node));

        assertThatThrownBy(() -> read.get(10, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(ZnodeException.class)
                .hasMessageContaining("access refused");
        CompletableFuture.runAsync(stranger::close, loop::post).join();
        loop.close();
    }

    @Test
    void theLogSurvivesARestartOfTheServer() throws Exception {
        Member leader = founder();
        ControllerTerm term = leader.win();
        BatchWriter writer = new BatchWriter(term.head(), term.epoch(), random);
        appendAll(leader, term, writer.write(claim(term)));
        members.forEach(Member::close);
        members.clear();
        zooKeeper.close();

        zooKeeper = EmbeddedZooKeeper.start(directory.resolve("zookeeper"));
        Member again = new Member(1);

        assertThat(again.on(() -> again.log.session().found("other"))).isEqualTo("cluster-a");
        assertThat(again.win().head()).isEqualTo(writer.position());
    }
}
