package io.millrace.broker;

import static io.millrace.broker.api.ApiTable.row;

import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.api.AdminApis;
import io.millrace.broker.api.ApiTable;
import io.millrace.broker.api.ExplainHandler;
import io.millrace.broker.api.GetTelemetrySubscriptionsHandler;
import io.millrace.broker.api.GroupApis;
import io.millrace.broker.api.NodeIdentity;
import io.millrace.broker.api.PushTelemetryHandler;
import io.millrace.broker.api.RecordApis;
import io.millrace.broker.api.Resource;
import io.millrace.broker.api.ShareApis;
import io.millrace.broker.api.TopicCreation;
import io.millrace.broker.api.TransactionApis;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.ProducerIds;
import io.millrace.broker.explain.Explainer;
import io.millrace.broker.fetch.FetchSessionTable;
import io.millrace.broker.fetch.FollowerReads;
import io.millrace.broker.fetch.NearbyReplicas;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.partition.ColdReads;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.broker.peer.ControllerApis;
import io.millrace.broker.peer.Forwarding;
import io.millrace.broker.peer.ShareStateApis;
import io.millrace.broker.replication.fetcher.ReplicationQuota;
import io.millrace.broker.share.ShareGroupOffsets;
import io.millrace.broker.share.SharePartitions;
import io.millrace.broker.share.ShareRequests;
import io.millrace.broker.share.ShareSessions;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.broker.share.ShareStates;
import io.millrace.broker.telemetry.ClientTelemetry;
import io.millrace.broker.txn.MarkerTarget;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ExplainRequest;
import io.millrace.protocol.message.GetTelemetrySubscriptionsRequest;
import io.millrace.protocol.message.PushTelemetryRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every API this broker serves, with its versions. A version is here only if all it promises is
 * implemented; floors are as low as clients in use still need.
 */
final class BrokerApis {
    private BrokerApis() {}

    /**
     * What handlers work with.
     *
     * @param controller of this broker, which may not lead
     * @param cluster whoever leads
     */
    record Parts(
            BrokerConfig config,
            String clusterId,
            MetadataView metadata,
            ControllerApi controller,
            ControllerApi cluster,
            Forwarding forwarding,
            PartitionTable partitions,
            ColdReads coldReads,
            ReplicationQuota replicationQuota,
            GroupCoordinator groups,
            TransactionCoordinator transactions,
            TransactionVerifier verifier,
            ShareStateCoordinator shares,
            ShareStates shareStates,
            MarkerTarget markers,
            Clock clock,
            RandomSource random,
            Optional<ClientTelemetry> telemetry,
            ProducerIds producerIds,
            Explainer explainer) {}

    static ApiTable table(Parts parts) {
        NodeIdentity node = new NodeIdentity(parts.config().nodeId(), parts.clusterId());
        TopicCreation creation = creation(parts);
        SharePartitions sharePartitions =
                new SharePartitions(
                        parts.partitions(),
                        parts.metadata(),
                        parts.shareStates(),
                        parts.config().shares(),
                        parts.clock());
        ShareGroupOffsets shareOffsets =
                new ShareGroupOffsets(
                        parts.shareStates(), sharePartitions, parts.partitions(), parts.metadata());
        List<ApiTable.Row<?, ?>> rows = new ArrayList<>(records(parts, node, creation));
        rows.addAll(GroupApis.rows(parts.groups(), parts.metadata(), shareOffsets));
        rows.addAll(
                ShareApis.rows(
                        parts.groups(),
                        parts.metadata(),
                        new ShareRequests(
                                new ShareSessions(
                                        parts.config().shares().maxSessions(), sharePartitions)),
                        shareOffsets,
                        creation));
        parts.telemetry().ifPresent(telemetry -> addTelemetry(rows, telemetry));
        rows.addAll(
                AdminApis.rows(
                        node,
                        parts.metadata(),
                        parts.controller(),
                        parts.config().catalog(),
                        parts.config().deleteTopics()));
        rows.addAll(
                TransactionApis.rows(
                        parts.metadata(),
                        parts.producerIds(),
                        parts.groups(),
                        parts.transactions(),
                        parts.verifier(),
                        parts.markers()));
        rows.addAll(ControllerApis.rows(parts.controller()));
        rows.addAll(ShareStateApis.rows(parts.shares()));
        rows.add(
                row(
                                ApiKey.EXPLAIN,
                                0,
                                0,
                                Resource.CLUSTER,
                                ExplainRequest::read,
                                new ExplainHandler(parts.explainer()))
                        .forOwnClients());
        return ApiTable.of(parts.forwarding().over(rows), parts.metadata());
    }

    private static List<ApiTable.Row<?, ?>> records(
            Parts parts, NodeIdentity node, TopicCreation creation) {
        return RecordApis.rows(
                new RecordApis.Ground(
                        node,
                        parts.metadata(),
                        parts.partitions(),
                        parts.coldReads(),
                        new FetchSessionTable(
                                parts.config().fetchSessions(), parts.clock(), parts.random()),
                        new FollowerReads(
                                node.id(),
                                parts.metadata(),
                                parts.replicationQuota(),
                                parts.clock()),
                        new NearbyReplicas(
                                node.id(), parts.metadata(), parts.config().replicas().rackAware()),
                        parts.config().maxFetchBytes(),
                        creation,
                        new RecordApis.Coordinators(
                                parts.groups(),
                                parts.transactions(),
                                parts.verifier(),
                                parts.shares())));
    }

    private static TopicCreation creation(Parts parts) {
        return new TopicCreation(
                parts.cluster(),
                parts.metadata(),
                parts.config().groups(),
                parts.config().transactions(),
                parts.config().shares(),
                parts.config().autoCreateTopics(),
                parts.config().catalog().brokers().overlaid(Map.of())::containsKey);
    }

    private static void addTelemetry(List<ApiTable.Row<?, ?>> rows, ClientTelemetry telemetry) {
        rows.add(
                row(
                        ApiKey.GET_TELEMETRY_SUBSCRIPTIONS,
                        0,
                        0,
                        Resource.NONE,
                        GetTelemetrySubscriptionsRequest::read,
                        new GetTelemetrySubscriptionsHandler(telemetry)));
        rows.add(
                row(
                        ApiKey.PUSH_TELEMETRY,
                        0,
                        0,
                        Resource.NONE,
                        PushTelemetryRequest::read,
                        new PushTelemetryHandler(telemetry)));
    }
}
