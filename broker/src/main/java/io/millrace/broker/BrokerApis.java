package io.millrace.broker;

import static io.millrace.broker.api.ApiTable.row;

import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.api.AdminApis;
import io.millrace.broker.api.AlterReplicaLogDirsHandler;
import io.millrace.broker.api.AlterShareGroupOffsetsHandler;
import io.millrace.broker.api.ApiTable;
import io.millrace.broker.api.ConsumerGroupDescribeHandler;
import io.millrace.broker.api.ConsumerGroupHeartbeatHandler;
import io.millrace.broker.api.DeleteGroupsHandler;
import io.millrace.broker.api.DeleteRecordsHandler;
import io.millrace.broker.api.DeleteShareGroupOffsetsHandler;
import io.millrace.broker.api.DescribeGroupsHandler;
import io.millrace.broker.api.DescribeLogDirsHandler;
import io.millrace.broker.api.DescribeProducersHandler;
import io.millrace.broker.api.DescribeShareGroupOffsetsHandler;
import io.millrace.broker.api.DescribeTopicPartitionsHandler;
import io.millrace.broker.api.FetchHandler;
import io.millrace.broker.api.FindCoordinatorHandler;
import io.millrace.broker.api.GetTelemetrySubscriptionsHandler;
import io.millrace.broker.api.HeartbeatHandler;
import io.millrace.broker.api.JoinGroupHandler;
import io.millrace.broker.api.LeaveGroupHandler;
import io.millrace.broker.api.ListGroupsHandler;
import io.millrace.broker.api.ListOffsetsHandler;
import io.millrace.broker.api.MetadataHandler;
import io.millrace.broker.api.NodeIdentity;
import io.millrace.broker.api.OffsetCommitHandler;
import io.millrace.broker.api.OffsetDeleteHandler;
import io.millrace.broker.api.OffsetFetchHandler;
import io.millrace.broker.api.OffsetForLeaderEpochHandler;
import io.millrace.broker.api.ProduceHandler;
import io.millrace.broker.api.PushTelemetryHandler;
import io.millrace.broker.api.Resource;
import io.millrace.broker.api.ShareAcknowledgeHandler;
import io.millrace.broker.api.ShareFetchHandler;
import io.millrace.broker.api.ShareGroupDescribeHandler;
import io.millrace.broker.api.ShareGroupHeartbeatHandler;
import io.millrace.broker.api.StreamsGroupDescribeHandler;
import io.millrace.broker.api.StreamsGroupHeartbeatHandler;
import io.millrace.broker.api.SyncGroupHandler;
import io.millrace.broker.api.TopicCreation;
import io.millrace.broker.api.TransactionApis;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.ProducerIds;
import io.millrace.broker.fetch.FetchReader;
import io.millrace.broker.fetch.FetchSessionTable;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.partition.ColdReads;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.broker.share.ShareGroupOffsets;
import io.millrace.broker.share.SharePartitions;
import io.millrace.broker.share.ShareRequests;
import io.millrace.broker.share.ShareSessions;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.broker.telemetry.ClientTelemetry;
import io.millrace.broker.txn.MarkerTarget;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest;
import io.millrace.protocol.message.AlterShareGroupOffsetsRequest;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ConsumerGroupDescribeRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.DeleteGroupsRequest;
import io.millrace.protocol.message.DeleteRecordsRequest;
import io.millrace.protocol.message.DeleteShareGroupOffsetsRequest;
import io.millrace.protocol.message.DescribeGroupsRequest;
import io.millrace.protocol.message.DescribeLogDirsRequest;
import io.millrace.protocol.message.DescribeProducersRequest;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest;
import io.millrace.protocol.message.DescribeTopicPartitionsRequest;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.GetTelemetrySubscriptionsRequest;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.ListGroupsRequest;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetDeleteRequest;
import io.millrace.protocol.message.OffsetFetchRequest;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.PushTelemetryRequest;
import io.millrace.protocol.message.ShareAcknowledgeRequest;
import io.millrace.protocol.message.ShareFetchRequest;
import io.millrace.protocol.message.ShareGroupDescribeRequest;
import io.millrace.protocol.message.ShareGroupHeartbeatRequest;
import io.millrace.protocol.message.StreamsGroupDescribeRequest;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest;
import io.millrace.protocol.message.SyncGroupRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Every API this broker serves, with its versions. A version is here only if all it promises is
 * implemented; floors are as low as clients in use still need.
 */
final class BrokerApis {
    private BrokerApis() {}

    /** What handlers work with. */
    record Parts(
            BrokerConfig config,
            String clusterId,
            MetadataView metadata,
            ControllerApi controller,
            PartitionTable partitions,
            ColdReads coldReads,
            GroupCoordinator groups,
            TransactionCoordinator transactions,
            ShareStateCoordinator shares,
            MarkerTarget markers,
            Clock clock,
            RandomSource random,
            Optional<ClientTelemetry> telemetry,
            ProducerIds producerIds) {}

    static ApiTable table(Parts parts) {
        List<ApiTable.Row<?, ?>> rows = new ArrayList<>();
        SharePartitions sharePartitions =
                new SharePartitions(
                        parts.partitions(), parts.metadata(), parts.shares(), parts.clock());
        ShareGroupOffsets shareOffsets =
                new ShareGroupOffsets(
                        parts.shares(), sharePartitions, parts.partitions(), parts.metadata());
        addRecords(rows, parts);
        addQueries(rows, parts);
        addProducers(rows, parts);
        addGroups(rows, parts);
        addOffsetsAndGroupAdmin(rows, parts, shareOffsets);
        addShares(rows, parts, sharePartitions, shareOffsets);
        addStreams(rows, parts.groups());
        parts.telemetry().ifPresent(telemetry -> addTelemetry(rows, telemetry));
        rows.addAll(
                AdminApis.rows(
                        new NodeIdentity(parts.config().nodeId(), parts.clusterId()),
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
                        parts.markers()));
        return ApiTable.of(rows, parts.metadata());
    }

    private static void addRecords(List<ApiTable.Row<?, ?>> rows, Parts parts) {
        TopicCreation creation = creation(parts);
        FetchReader reader =
                new FetchReader(
                        parts.partitions(),
                        parts.metadata(),
                        parts.coldReads(),
                        parts.config().maxFetchBytes());
        FetchSessionTable sessions =
                new FetchSessionTable(
                        parts.config().fetchSessions(), parts.clock(), parts.random());
        // librdkafka turns compression off unless Produce 0 is shown (KAFKA-18659).
        rows.add(
                row(
                                ApiKey.PRODUCE,
                                3,
                                13,
                                Resource.TOPIC,
                                ProduceRequest::read,
                                new ProduceHandler(
                                        parts.partitions(), parts.metadata(), parts.transactions()))
                        .advertisedFrom(0));
        rows.add(
                row(
                        ApiKey.FETCH,
                        4,
                        18,
                        Resource.TOPIC,
                        FetchRequest::read,
                        new FetchHandler(sessions, reader)));
        rows.add(
                row(
                        ApiKey.METADATA,
                        0,
                        13,
                        Resource.TOPIC,
                        MetadataRequest::read,
                        new MetadataHandler(
                                new NodeIdentity(parts.config().nodeId(), parts.clusterId()),
                                parts.metadata(),
                                creation)));
        rows.add(
                row(
                        ApiKey.FIND_COORDINATOR,
                        0,
                        6,
                        Resource.GROUP,
                        FindCoordinatorRequest::read,
                        new FindCoordinatorHandler(
                                parts.metadata(),
                                parts.groups(),
                                parts.transactions(),
                                parts.shares(),
                                creation)));
    }

    private static void addQueries(List<ApiTable.Row<?, ?>> rows, Parts parts) {
        rows.add(
                row(
                        ApiKey.LIST_OFFSETS,
                        1,
                        11,
                        Resource.TOPIC,
                        ListOffsetsRequest::read,
                        new ListOffsetsHandler(parts.partitions(), parts.metadata())));
        rows.add(
                row(
                        ApiKey.OFFSET_FOR_LEADER_EPOCH,
                        0,
                        4,
                        Resource.TOPIC,
                        OffsetForLeaderEpochRequest::read,
                        new OffsetForLeaderEpochHandler(parts.partitions(), parts.metadata())));
        rows.add(
                row(
                        ApiKey.DELETE_RECORDS,
                        0,
                        2,
                        Resource.TOPIC,
                        DeleteRecordsRequest::read,
                        new DeleteRecordsHandler(parts.partitions(), parts.metadata())));
        rows.add(
                row(
                        ApiKey.DESCRIBE_LOG_DIRS,
                        0,
                        5,
                        Resource.CLUSTER,
                        DescribeLogDirsRequest::read,
                        new DescribeLogDirsHandler(parts.partitions())));
        rows.add(
                row(
                        ApiKey.ALTER_REPLICA_LOG_DIRS,
                        0,
                        2,
                        Resource.CLUSTER,
                        AlterReplicaLogDirsRequest::read,
                        new AlterReplicaLogDirsHandler(parts.partitions())));
        rows.add(
                row(
                        ApiKey.DESCRIBE_TOPIC_PARTITIONS,
                        0,
                        0,
                        Resource.TOPIC,
                        DescribeTopicPartitionsRequest::read,
                        new DescribeTopicPartitionsHandler(parts.metadata())));
    }

    private static void addProducers(List<ApiTable.Row<?, ?>> rows, Parts parts) {
        rows.add(
                row(
                        ApiKey.DESCRIBE_PRODUCERS,
                        0,
                        0,
                        Resource.TOPIC,
                        DescribeProducersRequest::read,
                        new DescribeProducersHandler(parts.partitions(), parts.metadata())));
    }

    private static TopicCreation creation(Parts parts) {
        return new TopicCreation(
                parts.controller(),
                parts.metadata(),
                parts.config().groups(),
                parts.config().transactions(),
                parts.config().shares(),
                parts.config().autoCreateTopics());
    }

    private static void addGroups(List<ApiTable.Row<?, ?>> rows, Parts parts) {
        GroupCoordinator groups = parts.groups();
        rows.add(
                row(
                        ApiKey.JOIN_GROUP,
                        0,
                        9,
                        Resource.GROUP,
                        JoinGroupRequest::read,
                        new JoinGroupHandler(groups)));
        rows.add(
                row(
                        ApiKey.SYNC_GROUP,
                        0,
                        5,
                        Resource.GROUP,
                        SyncGroupRequest::read,
                        new SyncGroupHandler(groups)));
        rows.add(
                row(
                        ApiKey.HEARTBEAT,
                        0,
                        4,
                        Resource.GROUP,
                        HeartbeatRequest::read,
                        new HeartbeatHandler(groups)));
        rows.add(
                row(
                        ApiKey.LEAVE_GROUP,
                        0,
                        5,
                        Resource.GROUP,
                        LeaveGroupRequest::read,
                        new LeaveGroupHandler(groups)));
        rows.add(
                row(
                        ApiKey.CONSUMER_GROUP_HEARTBEAT,
                        0,
                        1,
                        Resource.GROUP,
                        ConsumerGroupHeartbeatRequest::read,
                        new ConsumerGroupHeartbeatHandler(groups)));
    }

    private static void addShares(
            List<ApiTable.Row<?, ?>> rows,
            Parts parts,
            SharePartitions partitions,
            ShareGroupOffsets offsets) {
        TopicCreation creation = creation(parts);
        ShareRequests requests =
                new ShareRequests(
                        new ShareSessions(parts.config().shares().maxSessions(), partitions));
        rows.add(
                row(
                        ApiKey.SHARE_GROUP_HEARTBEAT,
                        1,
                        1,
                        Resource.GROUP,
                        ShareGroupHeartbeatRequest::read,
                        new ShareGroupHeartbeatHandler(parts.groups())));
        rows.add(
                row(
                        ApiKey.SHARE_GROUP_DESCRIBE,
                        1,
                        1,
                        Resource.GROUP,
                        ShareGroupDescribeRequest::read,
                        new ShareGroupDescribeHandler(parts.groups())));
        rows.add(
                row(
                        ApiKey.SHARE_FETCH,
                        1,
                        2,
                        Resource.GROUP,
                        ShareFetchRequest::read,
                        new ShareFetchHandler(requests, creation)));
        rows.add(
                row(
                        ApiKey.SHARE_ACKNOWLEDGE,
                        1,
                        2,
                        Resource.GROUP,
                        ShareAcknowledgeRequest::read,
                        new ShareAcknowledgeHandler(requests)));
        addShareOffsets(rows, parts, offsets);
    }

    private static void addStreams(List<ApiTable.Row<?, ?>> rows, GroupCoordinator groups) {
        rows.add(
                row(
                        ApiKey.STREAMS_GROUP_HEARTBEAT,
                        0,
                        0,
                        Resource.GROUP,
                        StreamsGroupHeartbeatRequest::read,
                        new StreamsGroupHeartbeatHandler(groups)));
        rows.add(
                row(
                        ApiKey.STREAMS_GROUP_DESCRIBE,
                        0,
                        0,
                        Resource.GROUP,
                        StreamsGroupDescribeRequest::read,
                        new StreamsGroupDescribeHandler(groups)));
    }

    private static void addShareOffsets(
            List<ApiTable.Row<?, ?>> rows, Parts parts, ShareGroupOffsets offsets) {
        rows.add(
                row(
                        ApiKey.DESCRIBE_SHARE_GROUP_OFFSETS,
                        0,
                        1,
                        Resource.GROUP,
                        DescribeShareGroupOffsetsRequest::read,
                        new DescribeShareGroupOffsetsHandler(offsets)));
        rows.add(
                row(
                        ApiKey.ALTER_SHARE_GROUP_OFFSETS,
                        0,
                        0,
                        Resource.GROUP,
                        AlterShareGroupOffsetsRequest::read,
                        new AlterShareGroupOffsetsHandler(
                                offsets, parts.groups(), creation(parts), parts.metadata())));
        rows.add(
                row(
                        ApiKey.DELETE_SHARE_GROUP_OFFSETS,
                        0,
                        0,
                        Resource.GROUP,
                        DeleteShareGroupOffsetsRequest::read,
                        new DeleteShareGroupOffsetsHandler(
                                offsets, parts.groups(), parts.metadata())));
    }

    /** Clients are asked for metrics only where somebody can see them. */
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

    private static void addOffsetsAndGroupAdmin(
            List<ApiTable.Row<?, ?>> rows, Parts parts, ShareGroupOffsets shareOffsets) {
        GroupCoordinator groups = parts.groups();
        rows.add(
                row(
                        ApiKey.OFFSET_COMMIT,
                        1,
                        10,
                        Resource.GROUP,
                        OffsetCommitRequest::read,
                        new OffsetCommitHandler(groups, parts.metadata())));
        rows.add(
                row(
                        ApiKey.OFFSET_FETCH,
                        1,
                        10,
                        Resource.GROUP,
                        OffsetFetchRequest::read,
                        new OffsetFetchHandler(groups, parts.metadata())));
        rows.add(
                row(
                        ApiKey.OFFSET_DELETE,
                        0,
                        0,
                        Resource.GROUP,
                        OffsetDeleteRequest::read,
                        new OffsetDeleteHandler(groups)));
        rows.add(
                row(
                        ApiKey.DESCRIBE_GROUPS,
                        0,
                        6,
                        Resource.GROUP,
                        DescribeGroupsRequest::read,
                        new DescribeGroupsHandler(groups)));
        rows.add(
                row(
                        ApiKey.CONSUMER_GROUP_DESCRIBE,
                        0,
                        1,
                        Resource.GROUP,
                        ConsumerGroupDescribeRequest::read,
                        new ConsumerGroupDescribeHandler(groups)));
        rows.add(
                row(
                        ApiKey.LIST_GROUPS,
                        0,
                        5,
                        Resource.CLUSTER,
                        ListGroupsRequest::read,
                        new ListGroupsHandler(groups)));
        rows.add(
                row(
                        ApiKey.DELETE_GROUPS,
                        0,
                        2,
                        Resource.GROUP,
                        DeleteGroupsRequest::read,
                        new DeleteGroupsHandler(groups, shareOffsets)));
    }
}
