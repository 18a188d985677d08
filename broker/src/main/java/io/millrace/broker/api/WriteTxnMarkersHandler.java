package io.millrace.broker.api;

import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.txn.MarkerTarget;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.WriteTxnMarkersRequest;
import io.millrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarker;
import io.millrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarkerTopic;
import io.millrace.protocol.message.WriteTxnMarkersResponse;
import io.millrace.protocol.message.WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult;
import io.millrace.protocol.message.WriteTxnMarkersResponse.WritableTxnMarkerResult;
import io.millrace.protocol.message.WriteTxnMarkersResponse.WritableTxnMarkerTopicResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Ends transactions in partitions of this broker: for coordinators on other brokers, and for
 * operators who abort a transaction that no coordinator knows of.
 */
public final class WriteTxnMarkersHandler
        implements ApiHandler<WriteTxnMarkersRequest, WriteTxnMarkersResponse> {
    private final MarkerTarget local;

    public WriteTxnMarkersHandler(MarkerTarget local) {
        this.local = local;
    }

    @Override
    public CompletableFuture<WriteTxnMarkersResponse> handle(
            RequestContext context, WriteTxnMarkersRequest request) {
        WriteTxnMarkersResponse response = failure(context, request, ErrorCode.NONE, "");
        List<CompletableFuture<?>> pending = new ArrayList<>();
        for (int i = 0; i < request.markers().size(); i++) {
            WritableTxnMarker asked = request.markers().get(i);
            TransactionMarker marker =
                    new TransactionMarker(
                            asked.producerId(),
                            asked.producerEpoch(),
                            asked.coordinatorEpoch(),
                            asked.transactionResult(),
                            asked.transactionVersion());
            for (WritableTxnMarkerTopicResult topic : response.markers().get(i).topics()) {
                for (WritableTxnMarkerPartitionResult answer : topic.partitions()) {
                    if (topic.name().isEmpty() || answer.partitionIndex() < 0) {
                        answer.errorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
                        continue;
                    }
                    TopicPartition partition =
                            new TopicPartition(topic.name(), answer.partitionIndex());
                    pending.add(
                            local.write(partition, marker)
                                    .thenAccept(error -> answer.errorCode(error.code())));
                }
            }
        }
        return CompletableFuture.allOf(pending.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> response);
    }

    @Override
    public WriteTxnMarkersResponse failure(
            RequestContext context,
            WriteTxnMarkersRequest request,
            ErrorCode error,
            String message) {
        List<WritableTxnMarkerResult> markers = new ArrayList<>();
        for (WritableTxnMarker marker : request.markers()) {
            List<WritableTxnMarkerTopicResult> topics = new ArrayList<>();
            for (WritableTxnMarkerTopic topic : marker.topics()) {
                List<WritableTxnMarkerPartitionResult> partitions = new ArrayList<>();
                for (int index : topic.partitionIndexes()) {
                    partitions.add(
                            new WritableTxnMarkerPartitionResult()
                                    .partitionIndex(index)
                                    .errorCode(error.code()));
                }
                topics.add(
                        new WritableTxnMarkerTopicResult()
                                .name(topic.name())
                                .partitions(partitions));
            }
            markers.add(
                    new WritableTxnMarkerResult().producerId(marker.producerId()).topics(topics));
        }
        return new WriteTxnMarkersResponse().markers(markers);
    }
}
