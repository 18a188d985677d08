package io.millrace.broker.peer;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.BeatAnswer;
import io.millrace.broker.controller.BrokerBeat;
import io.millrace.broker.controller.BrokerJoin;
import io.millrace.broker.controller.ConfigAlteration;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.CreatedTopic;
import io.millrace.broker.controller.DirectoryAssignment;
import io.millrace.broker.controller.ElectionResult;
import io.millrace.broker.controller.ElectionType;
import io.millrace.broker.controller.ElectionWish;
import io.millrace.broker.controller.FeatureUpdate;
import io.millrace.broker.controller.IsrChange;
import io.millrace.broker.controller.IsrVerdict;
import io.millrace.broker.controller.MorePartitions;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.controller.ProducerIdRange;
import io.millrace.broker.controller.QuotaAlteration;
import io.millrace.broker.controller.ReassignmentWish;
import io.millrace.broker.controller.ScramAlteration;
import io.millrace.broker.replication.IsrAnswer;
import io.millrace.metadata.record.ConfigResource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Whoever leads the cluster, for what this broker asks for itself: membership, in-sync replicas,
 * producer ids, and topics that it needs. What clients ask comes here only on the broker that
 * leads, since their requests are forwarded whole ({@link Forwarding}).
 */
public final class RoutedController implements ControllerApi {
    /** For what is asked again anyway by whoever asks. */
    private static final long ONCE = 0;

    private static final long PATIENCE_MS = 10_000;

    private final ControllerApi local;
    private final ControllerRoute route;
    private final PeerRequests peers;
    private final Supplier<CompletableFuture<Void>> catchUp;

    /**
     * @param catchUp completes when this broker knows everything that the cluster has decided so
     *     far
     */
    public RoutedController(
            ControllerApi local,
            ControllerRoute route,
            PeerRequests peers,
            Supplier<CompletableFuture<Void>> catchUp) {
        this.local = local;
        this.route = route;
        this.peers = peers;
        this.catchUp = catchUp;
    }

    private RemoteController on(int broker) {
        return new RemoteController(peers, broker);
    }

    @Override
    public CompletableFuture<Long> registerBroker(BrokerJoin broker) {
        return route.ask(ONCE, () -> local.registerBroker(broker), id -> on(id).register(broker));
    }

    @Override
    public CompletableFuture<BeatAnswer> heartbeat(BrokerBeat beat) {
        return route.ask(ONCE, () -> local.heartbeat(beat), id -> on(id).heartbeat(beat));
    }

    @Override
    public CompletableFuture<ProducerIdRange> allocateProducerIds(int brokerId, long brokerEpoch) {
        return route.ask(
                PATIENCE_MS,
                () -> local.allocateProducerIds(brokerId, brokerEpoch),
                id -> on(id).allocateProducerIds(brokerId, brokerEpoch));
    }

    /** As {@link #alterPartitions}, in the words of the replicas. */
    CompletableFuture<List<IsrAnswer>> proposeIsr(
            int brokerId, long brokerEpoch, List<IsrChange> changes) {
        return route.ask(
                ONCE,
                () ->
                        local.alterPartitions(brokerId, brokerEpoch, changes)
                                .thenApply(
                                        verdicts ->
                                                verdicts.stream()
                                                        .map(IsrMessages::answer)
                                                        .toList()),
                id -> on(id).alterPartitions(brokerId, brokerEpoch, changes));
    }

    @Override
    public CompletableFuture<List<AdminResult<DirectoryAssignment>>> assignDirectories(
            int brokerId, long brokerEpoch, List<DirectoryAssignment> assignments) {
        return route.ask(
                PATIENCE_MS,
                () -> local.assignDirectories(brokerId, brokerEpoch, assignments),
                id -> on(id).assignDirectories(brokerId, brokerEpoch, assignments));
    }

    @Override
    public CompletableFuture<List<AdminResult<CreatedTopic>>> createTopics(
            List<NewTopic> topics, boolean validateOnly) {
        return route.ask(
                PATIENCE_MS,
                () -> local.createTopics(topics, validateOnly),
                id ->
                        on(id).createTopics(topics, validateOnly)
                                .thenCompose(results -> catchUp.get().thenApply(done -> results)));
    }

    @Override
    public CompletableFuture<List<IsrVerdict>> alterPartitions(
            int brokerId, long brokerEpoch, List<IsrChange> changes) {
        return local.alterPartitions(brokerId, brokerEpoch, changes);
    }

    @Override
    public CompletableFuture<List<AdminResult<String>>> deleteTopics(List<UUID> ids) {
        return local.deleteTopics(ids);
    }

    @Override
    public CompletableFuture<List<AdminResult<String>>> createPartitions(
            List<MorePartitions> topics, boolean validateOnly) {
        return local.createPartitions(topics, validateOnly);
    }

    @Override
    public CompletableFuture<Map<ConfigResource, AdminResult<ConfigResource>>> alterConfigs(
            List<ConfigAlteration> alterations, boolean validateOnly) {
        return local.alterConfigs(alterations, validateOnly);
    }

    @Override
    public CompletableFuture<List<String>> updateFeatures(
            List<FeatureUpdate> updates, boolean validateOnly) {
        return local.updateFeatures(updates, validateOnly);
    }

    @Override
    public CompletableFuture<List<AdminResult<QuotaAlteration>>> alterQuotas(
            List<QuotaAlteration> alterations, boolean validateOnly) {
        return local.alterQuotas(alterations, validateOnly);
    }

    @Override
    public CompletableFuture<Map<String, AdminResult<String>>> alterCredentials(
            List<ScramAlteration> alterations) {
        return local.alterCredentials(alterations);
    }

    @Override
    public CompletableFuture<Void> unregisterBroker(int brokerId) {
        return local.unregisterBroker(brokerId);
    }

    @Override
    public CompletableFuture<List<ElectionResult>> electLeaders(
            ElectionType type, Optional<List<ElectionWish>> partitions) {
        return local.electLeaders(type, partitions);
    }

    @Override
    public CompletableFuture<List<AdminResult<ReassignmentWish>>> alterReassignments(
            List<ReassignmentWish> wishes, boolean allowReplicationFactorChange) {
        return local.alterReassignments(wishes, allowReplicationFactorChange);
    }
}
