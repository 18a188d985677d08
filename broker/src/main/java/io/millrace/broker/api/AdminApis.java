package io.millrace.broker.api;

import io.millrace.broker.config.ConfigCatalog;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.MetadataView;
import io.millrace.protocol.message.AlterConfigsRequest;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.CreatePartitionsRequest;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.DeleteTopicsRequest;
import io.millrace.protocol.message.DescribeClusterRequest;
import io.millrace.protocol.message.DescribeConfigsRequest;
import io.millrace.protocol.message.ElectLeadersRequest;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest;
import io.millrace.protocol.message.ListConfigResourcesRequest;
import io.millrace.protocol.message.ListPartitionReassignmentsRequest;
import io.millrace.protocol.message.UnregisterBrokerRequest;
import io.millrace.protocol.message.UpdateFeaturesRequest;
import java.util.ArrayList;
import java.util.List;

/** The rows of the {@link ApiTable} that rest on metadata and controller alone. */
public final class AdminApis {
    private AdminApis() {}

    /** The rows. */
    public static List<ApiTable.Row<?, ?>> rows(
            NodeIdentity node,
            MetadataView metadata,
            ControllerApi controller,
            ConfigCatalog catalog,
            boolean topicsMayBeDeleted) {
        List<ApiTable.Row<?, ?>> rows = new ArrayList<>();
        addTopics(rows, node, metadata, controller, catalog);
        rows.add(
                row(
                        ApiKey.DELETE_TOPICS,
                        Resource.TOPIC,
                        DeleteTopicsRequest::read,
                        new DeleteTopicsHandler(controller, metadata, topicsMayBeDeleted)));
        addConfigs(rows, node, metadata, controller, catalog);
        addCluster(rows, node, metadata, controller);
        addReplicas(rows, controller, metadata);
        rows.addAll(SecurityApis.rows(metadata, controller));
        return rows;
    }

    private static void addTopics(
            List<ApiTable.Row<?, ?>> rows,
            NodeIdentity node,
            MetadataView metadata,
            ControllerApi controller,
            ConfigCatalog catalog) {
        rows.add(
                row(
                        ApiKey.CREATE_TOPICS,
                        Resource.TOPIC,
                        CreateTopicsRequest::read,
                        new CreateTopicsHandler(node, controller, metadata, catalog)));
        rows.add(
                row(
                        ApiKey.CREATE_PARTITIONS,
                        Resource.TOPIC,
                        CreatePartitionsRequest::read,
                        new CreatePartitionsHandler(controller)));
    }

    private static void addConfigs(
            List<ApiTable.Row<?, ?>> rows,
            NodeIdentity node,
            MetadataView metadata,
            ControllerApi controller,
            ConfigCatalog catalog) {
        BrokerLoggers loggers = new BrokerLoggers(node);
        rows.add(
                row(
                        ApiKey.DESCRIBE_CONFIGS,
                        Resource.CLUSTER,
                        DescribeConfigsRequest::read,
                        new DescribeConfigsHandler(node, metadata, catalog, loggers)));
        rows.add(
                row(
                        ApiKey.ALTER_CONFIGS,
                        Resource.CLUSTER,
                        AlterConfigsRequest::read,
                        new AlterConfigsHandler(controller)));
        rows.add(
                row(
                        ApiKey.INCREMENTAL_ALTER_CONFIGS,
                        Resource.CLUSTER,
                        IncrementalAlterConfigsRequest::read,
                        new IncrementalAlterConfigsHandler(controller, loggers)));
        rows.add(
                row(
                        ApiKey.LIST_CONFIG_RESOURCES,
                        Resource.CLUSTER,
                        ListConfigResourcesRequest::read,
                        new ListConfigResourcesHandler(metadata)));
    }

    private static void addCluster(
            List<ApiTable.Row<?, ?>> rows,
            NodeIdentity node,
            MetadataView metadata,
            ControllerApi controller) {
        rows.add(
                row(
                        ApiKey.DESCRIBE_CLUSTER,
                        Resource.NONE,
                        DescribeClusterRequest::read,
                        new DescribeClusterHandler(node, metadata)));
        rows.add(
                row(
                        ApiKey.UPDATE_FEATURES,
                        Resource.CLUSTER,
                        UpdateFeaturesRequest::read,
                        new UpdateFeaturesHandler(controller)));
        rows.add(
                row(
                        ApiKey.UNREGISTER_BROKER,
                        Resource.CLUSTER,
                        UnregisterBrokerRequest::read,
                        new UnregisterBrokerHandler(controller)));
    }

    private static void addReplicas(
            List<ApiTable.Row<?, ?>> rows, ControllerApi controller, MetadataView metadata) {
        rows.add(
                row(
                        ApiKey.ELECT_LEADERS,
                        Resource.CLUSTER,
                        ElectLeadersRequest::read,
                        new ElectLeadersHandler(controller, metadata)));
        rows.add(
                row(
                        ApiKey.ALTER_PARTITION_REASSIGNMENTS,
                        Resource.CLUSTER,
                        AlterPartitionReassignmentsRequest::read,
                        new AlterPartitionReassignmentsHandler(controller)));
        rows.add(
                row(
                        ApiKey.LIST_PARTITION_REASSIGNMENTS,
                        Resource.CLUSTER,
                        ListPartitionReassignmentsRequest::read,
                        new ListPartitionReassignmentsHandler(metadata)));
    }

    /** All versions that exist. */
    static <Q extends ApiRequest<R>, R extends ApiResponse> ApiTable.Row<Q, R> row(
            ApiKey key,
            Resource resource,
            ApiTable.RequestReader<Q> reader,
            ApiHandler<Q, R> handler) {
        return ApiTable.row(key, 0, key.maxVersion(), resource, reader, handler);
    }
}
