package io.millrace.broker.api;

import static io.millrace.broker.api.ApiTable.row;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.fetch.FetchReader;
import io.millrace.broker.fetch.FetchSessionTable;
import io.millrace.broker.fetch.FollowerReads;
import io.millrace.broker.fetch.NearbyReplicas;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.partition.ColdReads;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.DeleteRecordsRequest;
import io.millrace.protocol.message.DescribeLogDirsRequest;
import io.millrace.protocol.message.DescribeProducersRequest;
import io.millrace.protocol.message.DescribeTopicPartitionsRequest;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest;
import io.millrace.protocol.message.ProduceRequest;
import java.util.ArrayList;
import java.util.List;

/** The rows of the {@link ApiTable} for records and for what can be asked about partitions. */
public final class RecordApis {
    private RecordApis() {}

    /** What the handlers work with. */
    public record Ground(
            NodeIdentity node,
            MetadataView metadata,
            PartitionTable partitions,
            ColdReads coldReads,
            FetchSessionTable sessions,
            FollowerReads followers,
            NearbyReplicas nearby,
            int maxFetchBytes,
            TopicCreation creation,
            Coordinators coordinators) {}

    /** Those who keep the state of groups, transactions and shared partitions. */
    public record Coordinators(
            GroupCoordinator groups,
            TransactionCoordinator transactions,
            TransactionVerifier verifier,
            ShareStateCoordinator shares) {}

    /** The rows. */
    public static List<ApiTable.Row<?, ?>> rows(Ground ground) {
        List<ApiTable.Row<?, ?>> rows = new ArrayList<>();
        addRecords(rows, ground);
        addQueries(rows, ground);
        addProducers(rows, ground);
        return rows;
    }

    private static void addRecords(List<ApiTable.Row<?, ?>> rows, Ground ground) {
        FetchReader reader =
                new FetchReader(
                        ground.partitions(),
                        ground.metadata(),
                        ground.coldReads(),
                        ground.followers(),
                        ground.nearby(),
                        ground.maxFetchBytes());
        // librdkafka turns compression off unless Produce 0 is shown (KAFKA-18659).
        rows.add(
                row(
                                ApiKey.PRODUCE,
                                3,
                                13,
                                Resource.TOPIC,
                                ProduceRequest::read,
                                new ProduceHandler(
                                        ground.partitions(),
                                        ground.metadata(),
                                        ground.coordinators().verifier()))
                        .advertisedFrom(0));
        rows.add(
                row(
                        ApiKey.FETCH,
                        4,
                        18,
                        Resource.TOPIC,
                        FetchRequest::read,
                        new FetchHandler(ground.sessions(), reader)));
        rows.add(
                row(
                        ApiKey.METADATA,
                        0,
                        13,
                        Resource.TOPIC,
                        MetadataRequest::read,
                        new MetadataHandler(ground.node(), ground.metadata(), ground.creation())));
        rows.add(
                row(
                        ApiKey.FIND_COORDINATOR,
                        0,
                        6,
                        Resource.GROUP,
                        FindCoordinatorRequest::read,
                        new FindCoordinatorHandler(
                                ground.metadata(),
                                ground.coordinators().groups(),
                                ground.coordinators().transactions(),
                                ground.coordinators().shares(),
                                ground.creation())));
    }

    private static void addQueries(List<ApiTable.Row<?, ?>> rows, Ground ground) {
        rows.add(
                row(
                        ApiKey.LIST_OFFSETS,
                        1,
                        11,
                        Resource.TOPIC,
                        ListOffsetsRequest::read,
                        new ListOffsetsHandler(ground.partitions(), ground.metadata())));
        rows.add(
                row(
                        ApiKey.OFFSET_FOR_LEADER_EPOCH,
                        0,
                        4,
                        Resource.TOPIC,
                        OffsetForLeaderEpochRequest::read,
                        new OffsetForLeaderEpochHandler(ground.partitions(), ground.metadata())));
        rows.add(
                row(
                        ApiKey.DELETE_RECORDS,
                        0,
                        2,
                        Resource.TOPIC,
                        DeleteRecordsRequest::read,
                        new DeleteRecordsHandler(ground.partitions(), ground.metadata())));
        rows.add(
                row(
                        ApiKey.DESCRIBE_LOG_DIRS,
                        0,
                        5,
                        Resource.CLUSTER,
                        DescribeLogDirsRequest::read,
                        new DescribeLogDirsHandler(ground.partitions())));
        rows.add(
                row(
                        ApiKey.ALTER_REPLICA_LOG_DIRS,
                        0,
                        2,
                        Resource.CLUSTER,
                        AlterReplicaLogDirsRequest::read,
                        new AlterReplicaLogDirsHandler(ground.partitions())));
        rows.add(
                row(
                        ApiKey.DESCRIBE_TOPIC_PARTITIONS,
                        0,
                        0,
                        Resource.TOPIC,
                        DescribeTopicPartitionsRequest::read,
                        new DescribeTopicPartitionsHandler(ground.metadata())));
    }

    private static void addProducers(List<ApiTable.Row<?, ?>> rows, Ground ground) {
        rows.add(
                row(
                        ApiKey.DESCRIBE_PRODUCERS,
                        0,
                        0,
                        Resource.TOPIC,
                        DescribeProducersRequest::read,
                        new DescribeProducersHandler(ground.partitions(), ground.metadata())));
    }
}
