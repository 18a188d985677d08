package io.millrace.broker.controller;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.config.ConfigCatalog;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.ImageHash;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.SnapshotFile;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.Endpoint;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.zk.session.SimulatedEnsemble;
import io.millrace.zk.session.SimulatedZnodes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Several brokers' metadata and an ensemble in one thread, from one seed. After every step the
 * metadata invariants are checked: equal images at equal offsets, epochs that only grow, leaders
 * that were eligible.
 */
final class SimulatedCluster {
    static final ConfigCatalog CATALOG = ConfigCatalog.of(List.of(), Map.of());

    final ManualClock clock = new ManualClock(1_000_000);
    final RandomSource random;
    final ManualEventLoop ensembleLoop = new ManualEventLoop("ensemble", clock);
    final SimulatedEnsemble ensemble;
    final List<Broker> brokers = new ArrayList<>();
    private final List<ManualEventLoop> loops = new ArrayList<>(List.of(ensembleLoop));
    private final Map<Long, String> hashes = new HashMap<>();
    private final Map<String, Integer> leaderEpochs = new HashMap<>();
    private final Path directory;
    int elections;

    SimulatedCluster(long seed, Path directory, SimulatedEnsemble.Faults faults) {
        this.random = RandomSource.seeded(seed);
        this.directory = directory;
        this.ensemble = new SimulatedEnsemble(ensembleLoop, faults);
    }

    /** One broker process. */
    final class Broker {
        final int id;
        final UUID directoryId;
        final BrokerJoin join;
        final ManualEventLoop loop;
        final SimulatedZnodes znodes;
        final MetadataNode node;
        final CompletableFuture<Long> started;
        final List<LocalChanges> rounds = new ArrayList<>();
        MetadataImage shown = MetadataImage.EMPTY;
        long lastOffset = -1;
        int lastEpoch = -1;
        Throwable broken;

        Broker(int id, UUID directoryId, OptionalLong cleanEpoch) {
            this.id = id;
            this.directoryId = directoryId;
            this.loop = new ManualEventLoop("broker-" + id, clock);
            loops.add(loop);
            this.znodes = ensemble.connect(loop);
            this.join =
                    new BrokerJoin(
                            id,
                            random.nextUuid(),
                            directoryId,
                            List.of(new Endpoint("PLAINTEXT", "localhost", 9092 + id, 0)),
                            Optional.empty(),
                            cleanEpoch);
            CompletableFuture<MetadataNode> made = new CompletableFuture<>();
            loop.post(() -> made.complete(make(join)));
            loop.runAll();
            this.node = made.join();
            this.started = node.found("simulated").thenCompose(cluster -> node.start());
        }

        private MetadataNode make(BrokerJoin join) {
            return new MetadataNode(
                    new MetadataNode.Place(loop, znodes, Runnable::run, random),
                    new MetadataNode.Terms(
                            "simulated",
                            ControllerConfig.of(1, 1, 100),
                            CATALOG,
                            local -> new AnyController(),
                            cause -> broken = cause),
                    join,
                    changes -> {
                        rounds.add(changes);
                        return CompletableFuture.completedFuture(null);
                    },
                    new SnapshotFile(directory),
                    MetadataImage.EMPTY);
        }

        MetadataImage image() {
            return node.view().image();
        }

        void crash() {
            die();
            ensemble.expire(znodes);
        }

        /** Gone without a goodbye; its session lives on until it is expired. */
        void die() {
            znodes.crash();
            loops.remove(loop);
            brokers.remove(this);
        }

        /** This broker's connections to the other one are refused. */
        void sayRefused(Broker other) {
            BrokerImage known = image().broker(other.id);
            if (known != null) {
                node.refused(other.id, known.epoch());
            }
        }

        private void check() {
            MetadataImage image = image();
            if (image.offset() == lastOffset) {
                return;
            }
            // M2: neither offset nor controller epoch ever goes back.
            require(image.offset() > lastOffset, id + ": offset went back to " + image.offset());
            require(image.controllerEpoch() >= lastEpoch, id + ": controller epoch went back");
            lastOffset = image.offset();
            lastEpoch = image.controllerEpoch();
            // M1: one history.
            String hash = ImageHash.of(image);
            String known = hashes.putIfAbsent(image.offset(), hash);
            require(known == null || known.equals(hash), "images differ at " + image.offset());
            checkPartitions(image);
            checkElections(shown, image);
            shown = image;
        }
    }

    /** M6, for partitions that changed once: a leader comes out of ISR or ELR, or led last. */
    private void checkElections(MetadataImage before, MetadataImage after) {
        after.forEachTopic(
                topic -> {
                    for (int i = 0; i < topic.partitionCount(); i++) {
                        var now = topic.partitions().get(i);
                        var then = before.partition(topic.name(), i);
                        if (then != null
                                && now.partitionEpoch() == then.partitionEpoch() + 1
                                && now.hasLeader()
                                && now.leader() != then.leader()) {
                            elections++;
                            // When nobody is left, also by this very change, who led last does.
                            boolean ledLast =
                                    then.lastKnownElr().contains(now.leader())
                                            && then.isr().isEmpty()
                                            && now.elr().isEmpty();
                            // The change that makes new replicas sync ends the reassignment.
                            boolean moved =
                                    then.moving().target().contains(now.leader())
                                            && now.isr().contains(now.leader());
                            require(
                                    then.isr().contains(now.leader())
                                            || then.elr().contains(now.leader())
                                            || ledLast
                                            || moved,
                                    topic.name() + "-" + i + ": " + then + " then " + now);
                        }
                    }
                });
    }

    /** Asks one broker or another until the one that leads is hit. */
    private final class AnyController implements ControllerApi {
        private ControllerApi any() {
            return brokers.get(random.nextInt(brokers.size())).node.controller();
        }

        @Override
        public CompletableFuture<Long> registerBroker(BrokerJoin broker) {
            return any().registerBroker(broker);
        }

        @Override
        public CompletableFuture<BeatAnswer> heartbeat(BrokerBeat beat) {
            return any().heartbeat(beat);
        }

        @Override
        public CompletableFuture<List<IsrVerdict>> alterPartitions(
                int brokerId, long brokerEpoch, List<IsrChange> changes) {
            return any().alterPartitions(brokerId, brokerEpoch, changes);
        }

        @Override
        public CompletableFuture<List<ElectionResult>> electLeaders(
                ElectionType type, Optional<List<ElectionWish>> partitions) {
            return any().electLeaders(type, partitions);
        }

        @Override
        public CompletableFuture<List<AdminResult<ReassignmentWish>>> alterReassignments(
                List<ReassignmentWish> wishes, boolean allowReplicationFactorChange) {
            return any().alterReassignments(wishes, allowReplicationFactorChange);
        }

        @Override
        public CompletableFuture<List<AdminResult<DirectoryAssignment>>> assignDirectories(
                int brokerId, long brokerEpoch, List<DirectoryAssignment> assignments) {
            return any().assignDirectories(brokerId, brokerEpoch, assignments);
        }

        @Override
        public CompletableFuture<List<AdminResult<CreatedTopic>>> createTopics(
                List<NewTopic> topics, boolean validateOnly) {
            return any().createTopics(topics, validateOnly);
        }

        @Override
        public CompletableFuture<List<AdminResult<String>>> deleteTopics(List<UUID> ids) {
            return any().deleteTopics(ids);
        }

        @Override
        public CompletableFuture<List<AdminResult<String>>> createPartitions(
                List<MorePartitions> topics, boolean validateOnly) {
            return any().createPartitions(topics, validateOnly);
        }

        @Override
        public CompletableFuture<Map<ConfigResource, AdminResult<ConfigResource>>> alterConfigs(
                List<ConfigAlteration> alterations, boolean validateOnly) {
            return any().alterConfigs(alterations, validateOnly);
        }

        @Override
        public CompletableFuture<List<String>> updateFeatures(
                List<FeatureUpdate> updates, boolean validateOnly) {
            return any().updateFeatures(updates, validateOnly);
        }

        @Override
        public CompletableFuture<List<AdminResult<QuotaAlteration>>> alterQuotas(
                List<QuotaAlteration> alterations, boolean validateOnly) {
            return any().alterQuotas(alterations, validateOnly);
        }

        @Override
        public CompletableFuture<Map<String, AdminResult<String>>> alterCredentials(
                List<ScramAlteration> alterations) {
            return any().alterCredentials(alterations);
        }

        @Override
        public CompletableFuture<Void> unregisterBroker(int brokerId) {
            return any().unregisterBroker(brokerId);
        }

        @Override
        public CompletableFuture<ProducerIdRange> allocateProducerIds(
                int brokerId, long brokerEpoch) {
            return any().allocateProducerIds(brokerId, brokerEpoch);
        }
    }

    private void checkPartitions(MetadataImage image) {
        image.forEachTopic(
                topic -> {
                    for (int i = 0; i < topic.partitionCount(); i++) {
                        var partition = topic.partitions().get(i);
                        // M4: an epoch of a topic id belongs to one leader, for ever.
                        String key = topic.id() + "-" + i + "@" + partition.leaderEpoch();
                        Integer leader = leaderEpochs.putIfAbsent(key, partition.leader());
                        require(
                                leader == null || leader == partition.leader(),
                                key + " had leader " + leader + " and " + partition.leader());
                        // M6: without unclean elections a leader is in sync.
                        require(
                                partition.leader() == PartitionRecord.NO_LEADER
                                        || partition.isr().contains(partition.leader()),
                                key + ": leader " + partition.leader() + " not in " + partition);
                        // KIP-966: somebody always has everything, or led last.
                        require(
                                !partition.isr().isEmpty()
                                        || !partition.elr().isEmpty()
                                        || !partition.lastKnownElr().isEmpty(),
                                key + " has nobody left: " + partition);
                    }
                });
    }

    static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    Broker start(int id) {
        return start(id, random.nextUuid(), OptionalLong.empty());
    }

    Broker start(int id, UUID directoryId, OptionalLong cleanEpoch) {
        Broker broker = new Broker(id, directoryId, cleanEpoch);
        brokers.add(broker);
        return broker;
    }

    /** Runs one event of a loop that chance picks; false if all are idle. */
    boolean step() {
        int first = random.nextInt(loops.size());
        for (int i = 0; i < loops.size(); i++) {
            if (loops.get((first + i) % loops.size()).runNext()) {
                brokers.forEach(Broker::check);
                return true;
            }
        }
        return false;
    }

    /** Runs everything for this much virtual time. */
    void run(Duration time) {
        long end = clock.nanos() + time.toNanos();
        while (clock.nanos() < end) {
            while (step()) {
                // Until all loops are idle at this instant.
            }
            clock.advance(Duration.ofMillis(5));
        }
    }

    /** Asks whichever broker leads. */
    ControllerApi anyController() {
        return new AnyController();
    }

    Broker controller() {
        int id = brokers.get(0).image().controllerId().orElseThrow();
        return brokers.stream().filter(b -> b.id == id).findFirst().orElseThrow();
    }
}
