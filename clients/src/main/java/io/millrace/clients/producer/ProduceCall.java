package io.millrace.clients.producer;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.Outcome;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.millrace.protocol.message.ProduceRequest.TopicProduceData;
import io.millrace.protocol.message.ProduceResponse;
import io.millrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.millrace.protocol.message.ProduceResponse.TopicProduceResponse;
import io.millrace.protocol.record.BufferRecords;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One produce request: at most one batch of each partition. */
final class ProduceCall implements RequestFactory<ProduceResponse> {
    /** The first version with record batches of format 2; zstd needs 7. */
    private static final short LOWEST_VERSION = 3;

    private static final short LOWEST_ZSTD_VERSION = 7;
    private static final short FIRST_TOPIC_ID_VERSION = 13;

    /** KIP-890: the first version by which brokers add partitions to the transaction. */
    private static final short FIRST_ADDING_VERSION = 12;

    private final List<ProducerBatch> batches;
    private final Map<String, UUID> topicIds;
    private final ProducerConfig config;
    private final boolean allIdsKnown;
    private final boolean brokersAddPartitions;

    /**
     * @param brokersAddPartitions whether a batch may be the first of its transaction's in its
     *     partition
     */
    ProduceCall(
            List<ProducerBatch> batches,
            Map<String, UUID> topicIds,
            ProducerConfig config,
            boolean brokersAddPartitions) {
        this.brokersAddPartitions = brokersAddPartitions;
        this.batches = batches;
        this.topicIds = topicIds;
        this.config = config;
        UUID none = new UUID(0, 0);
        this.allIdsKnown =
                batches.stream()
                        .allMatch(
                                batch ->
                                        !topicIds.getOrDefault(batch.partition().topic(), none)
                                                .equals(none));
    }

    List<ProducerBatch> batches() {
        return batches;
    }

    @Override
    public ApiKey apiKey() {
        return ApiKey.PRODUCE;
    }

    @Override
    public short lowestVersion() {
        if (brokersAddPartitions) {
            return FIRST_ADDING_VERSION;
        }
        return config.compression().equals("zstd") ? LOWEST_ZSTD_VERSION : LOWEST_VERSION;
    }

    @Override
    public short highestVersion() {
        if (config.transactionalId().isPresent() && !brokersAddPartitions) {
            return FIRST_ADDING_VERSION - 1;
        }
        return allIdsKnown ? ApiKey.PRODUCE.maxVersion() : FIRST_TOPIC_ID_VERSION - 1;
    }

    @Override
    public ApiRequest<ProduceResponse> make(short version) {
        Map<String, TopicProduceData> topics = new HashMap<>();
        List<TopicProduceData> inOrder = new ArrayList<>();
        for (ProducerBatch batch : batches) {
            String name = batch.partition().topic();
            TopicProduceData topic = topics.get(name);
            if (topic == null) {
                topic = new TopicProduceData().partitionData(new ArrayList<>());
                if (version >= FIRST_TOPIC_ID_VERSION) {
                    topic.topicId(topicIds.getOrDefault(name, new UUID(0, 0)));
                } else {
                    topic.name(name);
                }
                topics.put(name, topic);
                inOrder.add(topic);
            }
            topic.partitionData()
                    .add(
                            new PartitionProduceData()
                                    .index(batch.partition().partition())
                                    .records(new BufferRecords(batch.buffer())));
        }
        return new ProduceRequest()
                .transactionalId(config.transactionalId().orElse(null))
                .acks(config.acks())
                .timeoutMs(config.client().requestTimeoutMs())
                .topicData(inOrder);
    }

    /** What became of one batch. */
    BatchResult resultOf(ProducerBatch batch, Outcome<ProduceResponse> outcome) {
        if (outcome instanceof Unanswered<ProduceResponse> lost) {
            return new BatchResult.Lost(lost);
        }
        Answered<ProduceResponse> answered = (Answered<ProduceResponse>) outcome;
        if (config.acks() == 0) {
            return new BatchResult.Stored(SendCallback.NO_OFFSET, -1);
        }
        PartitionProduceResponse found = find(batch.partition(), answered);
        if (found == null) {
            return new BatchResult.Refused(
                    ErrorCode.UNKNOWN_SERVER_ERROR, "the broker's answer leaves the partition out");
        }
        ErrorCode error = ErrorCode.forCode(found.errorCode());
        // A duplicate of what the broker already forgot the offset of: it is stored all the same.
        if (error == ErrorCode.NONE || error == ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
            return new BatchResult.Stored(found.baseOffset(), found.logAppendTimeMs());
        }
        String text = found.errorMessage();
        return new BatchResult.Refused(error, text == null ? error.message() : text);
    }

    private @Nullable PartitionProduceResponse find(
            TopicPartition partition, Answered<ProduceResponse> answered) {
        boolean byId = answered.version() >= FIRST_TOPIC_ID_VERSION;
        for (TopicProduceResponse topic : answered.response().responses()) {
            boolean same =
                    byId
                            ? topic.topicId().equals(topicIds.get(partition.topic()))
                            : topic.name().equals(partition.topic());
            if (!same) {
                continue;
            }
            for (PartitionProduceResponse found : topic.partitionResponses()) {
                if (found.index() == partition.partition()) {
                    return found;
                }
            }
        }
        return null;
    }
}
