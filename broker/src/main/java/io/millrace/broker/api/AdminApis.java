package io.millrace.broker.api;

import io.millrace.broker.controller.ConfigCatalog;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.ProducerIds;
import io.millrace.protocol.message.AlterConfigsRequest;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.CreatePartitionsRequest;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.DeleteTopicsRequest;
import io.millrace.protocol.message.DescribeClusterRequest;
import io.millrace.protocol.message.DescribeConfigsRequest;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.ListConfigResourcesRequest;
import io.millrace.protocol.message.UpdateFeaturesRequest;
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
            ProducerIds producerIds) {
        return List.of(
                ApiTable.row(
                        ApiKey.CREATE_TOPICS,
                        0,
                        ApiKey.CREATE_TOPICS.maxVersion(),
                        Resource.TOPIC,
                        CreateTopicsRequest::read,
                        new CreateTopicsHandler(node, controller, metadata, catalog)),
                ApiTable.row(
                        ApiKey.DELETE_TOPICS,
                        0,
                        ApiKey.DELETE_TOPICS.maxVersion(),
                        Resource.TOPIC,
                        DeleteTopicsRequest::read,
                        new DeleteTopicsHandler(controller, metadata)),
                ApiTable.row(
                        ApiKey.CREATE_PARTITIONS,
                        0,
                        ApiKey.CREATE_PARTITIONS.maxVersion(),
                        Resource.TOPIC,
                        CreatePartitionsRequest::read,
                        new CreatePartitionsHandler(controller)),
                ApiTable.row(
                        ApiKey.DESCRIBE_CONFIGS,
                        0,
                        ApiKey.DESCRIBE_CONFIGS.maxVersion(),
                        Resource.CLUSTER,
                        DescribeConfigsRequest::read,
                        new DescribeConfigsHandler(node, metadata, catalog)),
                ApiTable.row(
                        ApiKey.ALTER_CONFIGS,
                        0,
                        ApiKey.ALTER_CONFIGS.maxVersion(),
                        Resource.CLUSTER,
                        AlterConfigsRequest::read,
                        new AlterConfigsHandler(controller)),
                ApiTable.row(
                        ApiKey.INCREMENTAL_ALTER_CONFIGS,
                        0,
                        ApiKey.INCREMENTAL_ALTER_CONFIGS.maxVersion(),
                        Resource.CLUSTER,
                        IncrementalAlterConfigsRequest::read,
                        new IncrementalAlterConfigsHandler(controller)),
                ApiTable.row(
                        ApiKey.LIST_CONFIG_RESOURCES,
                        0,
                        ApiKey.LIST_CONFIG_RESOURCES.maxVersion(),
                        Resource.CLUSTER,
                        ListConfigResourcesRequest::read,
                        new ListConfigResourcesHandler(metadata)),
                ApiTable.row(
                        ApiKey.DESCRIBE_CLUSTER,
                        0,
                        ApiKey.DESCRIBE_CLUSTER.maxVersion(),
                        Resource.NONE,
                        DescribeClusterRequest::read,
                        new DescribeClusterHandler(node, metadata)),
                ApiTable.row(
                        ApiKey.UPDATE_FEATURES,
                        0,
                        ApiKey.UPDATE_FEATURES.maxVersion(),
                        Resource.CLUSTER,
                        UpdateFeaturesRequest::read,
                        new UpdateFeaturesHandler(controller)),
                ApiTable.row(
                        ApiKey.INIT_PRODUCER_ID,
                        0,
                        ApiKey.INIT_PRODUCER_ID.maxVersion(),
                        Resource.CLUSTER,
                        InitProducerIdRequest::read,
                        new InitProducerIdHandler(producerIds)));
    }
}
