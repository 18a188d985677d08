package io.millrace.broker.peer;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.txn.MarkerTarget;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.WriteTxnMarkersRequest;
import io.millrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarker;
import io.millrace.protocol.message.WriteTxnMarkersRequest.WritableTxnMarkerTopic;
import io.millrace.protocol.message.WriteTxnMarkersResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Ends transactions in partitions whoever leads them: here, or by WriteTxnMarkers on another
 * broker. A marker whose answer was lost is written again by whoever asked. That is harmless from
 * {@code transaction.version} 2 on, where each transaction has an epoch of its own (KIP-890); for
 * older clients a copy of the marker that is held up in the network until their next transaction
 * would end that one, as in Apache Kafka.
 */
public final class RoutedMarkers implements MarkerTarget {
    private static final PeerRequests.Lane LANE = new PeerRequests.Lane("markers", 0);
    private static final int MOST_AT_ONCE = 1_000;

    private final int self;
    private final MarkerTarget local;
    private final Supplier<MetadataImage> metadata;
    private final PeerRequests peers;
    private final EventLoop loop;
    private final Map<Integer, PeerQueue<Marked, ErrorCode>> queues = new ConcurrentHashMap<>();

    private record Marked(TopicPartition partition, TransactionMarker marker) {}

    public RoutedMarkers(
            int self,
            MarkerTarget local,
            Supplier<MetadataImage> metadata,
            PeerRequests peers,
            EventLoop loop) {
        this.self = self;
        this.local = local;
        this.metadata = metadata;
        this.peers = peers;
        this.loop = loop;
    }

    @Override
    public CompletableFuture<ErrorCode> write(TopicPartition partition, TransactionMarker marker) {
        PartitionImage state = metadata.get().partition(partition.topic(), partition.partition());
        if (state == null || state.leader() == self) {
            return local.write(partition, marker);
        }
        if (!state.hasLeader()) {
            return CompletableFuture.completedFuture(ErrorCode.LEADER_NOT_AVAILABLE);
        }
        return queues.computeIfAbsent(state.leader(), this::queue)
                .ask(new Marked(partition, marker))
                .exceptionally(lost -> ErrorCode.REQUEST_TIMED_OUT);
    }

    private PeerQueue<Marked, ErrorCode> queue(int broker) {
        return new PeerQueue<>(
                loop,
                MOST_AT_ONCE,
                marked ->
                        peers.send(broker, LANE, request(marked))
                                .thenApply(response -> answers(marked, response)));
    }

    /** One marker for each question, so that answers are found by their position. */
    private static WriteTxnMarkersRequest request(List<Marked> marked) {
        return new WriteTxnMarkersRequest()
                .markers(
                        marked.stream()
                                .map(
                                        one ->
                                                new WritableTxnMarker()
                                                        .producerId(one.marker.producerId())
                                                        .producerEpoch(one.marker.producerEpoch())
                                                        .coordinatorEpoch(
                                                                one.marker.coordinatorEpoch())
                                                        .transactionResult(one.marker.commit())
                                                        .transactionVersion(
                                                                (byte)
                                                                        one.marker
                                                                                .transactionVersion())
                                                        .topics(List.of(topicOf(one.partition))))
                                .toList());
    }

    private static WritableTxnMarkerTopic topicOf(TopicPartition partition) {
        return new WritableTxnMarkerTopic()
                .name(partition.topic())
                .partitionIndexes(List.of(partition.partition()));
    }

    private static List<ErrorCode> answers(List<Marked> marked, WriteTxnMarkersResponse response) {
        if (response.markers().size() != marked.size()) {
            return marked.stream().map(one -> ErrorCode.REQUEST_TIMED_OUT).toList();
        }
        return response.markers().stream()
                .map(
                        marker ->
                                ErrorCode.forCode(
                                        marker.topics().get(0).partitions().get(0).errorCode()))
                .toList();
    }
}
