package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.Endpoint;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeClusterRequest;
import io.millrace.protocol.message.DescribeClusterResponse;
import io.millrace.protocol.message.DescribeClusterResponse.DescribeClusterBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Tells the cluster's id, its brokers on the listener asked through, and who controls it. */
public final class DescribeClusterHandler
        implements ApiHandler<DescribeClusterRequest, DescribeClusterResponse> {
    private static final byte BROKERS = 1;
    private static final byte CONTROLLERS = 2;
    private static final int NOBODY = -1;

    private final NodeIdentity node;
    private final MetadataView metadata;

    public DescribeClusterHandler(NodeIdentity node, MetadataView metadata) {
        this.node = node;
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<DescribeClusterResponse> handle(
            RequestContext context, DescribeClusterRequest request) {
        if (context.version() >= 1 && request.endpointType() != BROKERS) {
            return CompletableFuture.completedFuture(
                    failure(
                            context,
                            request,
                            request.endpointType() == CONTROLLERS
                                    ? ErrorCode.MISMATCHED_ENDPOINT_TYPE
                                    : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
                            "this is a broker; endpoint type "
                                    + request.endpointType()
                                    + " is not served here"));
        }
        MetadataImage image = metadata.image();
        List<DescribeClusterBroker> brokers = new ArrayList<>();
        for (BrokerImage broker : image.brokers().values()) {
            Optional<Endpoint> endpoint = broker.endpoint(context.client().listener());
            if (endpoint.isPresent() && (!broker.fenced() || request.includeFencedBrokers())) {
                brokers.add(
                        new DescribeClusterBroker()
                                .brokerId(broker.id())
                                .host(endpoint.get().host())
                                .port(endpoint.get().port())
                                .rack(broker.rack().orElse(null))
                                .isFenced(broker.fenced()));
            }
        }
        DescribeClusterResponse response =
                new DescribeClusterResponse()
                        .endpointType(BROKERS)
                        .clusterId(node.clusterId())
                        .controllerId(image.controllerId().orElse(NOBODY))
                        .brokers(brokers);
        if (request.includeClusterAuthorizedOperations()) {
            response.clusterAuthorizedOperations(AuthorizedOperations.ON_CLUSTER);
        }
        return CompletableFuture.completedFuture(response);
    }

    @Override
    public DescribeClusterResponse failure(
            RequestContext context,
            DescribeClusterRequest request,
            ErrorCode error,
            String message) {
        return new DescribeClusterResponse().errorCode(error.code()).errorMessage(message);
    }
}
