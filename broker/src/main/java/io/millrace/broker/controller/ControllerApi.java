package io.millrace.broker.controller;

import io.millrace.metadata.record.ConfigResource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * What a broker asks of the cluster's controller. Any thread may ask. Results are in the order of
 * the request's items. A future completes when the change is committed and this broker's published
 * image contains it, so whoever got the answer finds it in every later metadata read; what brokers
 * ask for themselves (registration, heartbeats, ISRs, producer ids, directories) completes when it
 * is committed.
 *
 * <p>Futures fail with {@link io.millrace.protocol.error.ApiException}: {@code NOT_CONTROLLER} when
 * this broker does not lead (now, or any more: the change may have been made all the same), {@code
 * THROTTLING_QUOTA_EXCEEDED} when too much is waiting.
 */
public interface ControllerApi {

    CompletableFuture<List<AdminResult<CreatedTopic>>> createTopics(
            List<NewTopic> topics, boolean validateOnly);

    /** Value of each result: the name the topic had. */
    CompletableFuture<List<AdminResult<String>>> deleteTopics(List<UUID> ids);

    /** Value of each result: the topic's name. */
    CompletableFuture<List<AdminResult<String>>> createPartitions(
            List<MorePartitions> topics, boolean validateOnly);

    CompletableFuture<Map<ConfigResource, AdminResult<ConfigResource>>> alterConfigs(
            List<ConfigAlteration> alterations, boolean validateOnly);

    /**
     * Changes levels of features, all or none. The result names the features asked for; fails with
     * {@code INVALID_UPDATE_VERSION} if one of the changes is not allowed.
     */
    CompletableFuture<List<String>> updateFeatures(
            List<FeatureUpdate> updates, boolean validateOnly);

    /** Results are in the order of the alterations. */
    CompletableFuture<List<AdminResult<QuotaAlteration>>> alterQuotas(
            List<QuotaAlteration> alterations, boolean validateOnly);

    /** Results by user. */
    CompletableFuture<Map<String, AdminResult<String>>> alterCredentials(
            List<ScramAlteration> alterations);

    /**
     * Forgets a broker. Fails with {@code BROKER_ID_NOT_REGISTERED} if there is none, with {@code
     * INVALID_REQUEST} if it runs.
     */
    CompletableFuture<Void> unregisterBroker(int brokerId);

    CompletableFuture<ProducerIdRange> allocateProducerIds(int brokerId, long brokerEpoch);

    /** Registers the broker, fenced. The result is its broker epoch. */
    CompletableFuture<Long> registerBroker(BrokerJoin broker);

    /**
     * A broker's sign of life. It is unfenced by the first one that shows that it has seen its own
     * registration; when it asks to stop, leadership moves away and it is barred from ISRs. Fails
     * with {@code STALE_BROKER_EPOCH} if it registered anew, or never.
     */
    CompletableFuture<BeatAnswer> heartbeat(BrokerBeat beat);

    /**
     * Changes in-sync replicas as their leaders wish. Verdicts are in the order of the changes;
     * fails with {@code STALE_BROKER_EPOCH} as a whole.
     */
    CompletableFuture<List<IsrVerdict>> alterPartitions(
            int brokerId, long brokerEpoch, List<IsrChange> changes);

    /**
     * Elects leaders: of all partitions if there is no list, and then the results leave out those
     * that need no election.
     */
    CompletableFuture<List<ElectionResult>> electLeaders(
            ElectionType type, Optional<List<ElectionWish>> partitions);

    /** Begins, replaces and cancels reassignments. Results are in the order of the wishes. */
    CompletableFuture<List<AdminResult<ReassignmentWish>>> alterReassignments(
            List<ReassignmentWish> wishes, boolean allowReplicationFactorChange);

    /** Notes where replicas are. Results are in the order of the assignments. */
    CompletableFuture<List<AdminResult<DirectoryAssignment>>> assignDirectories(
            int brokerId, long brokerEpoch, List<DirectoryAssignment> assignments);
}
