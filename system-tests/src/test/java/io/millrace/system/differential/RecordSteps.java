package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.DELETE_RECORDS;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_PRODUCERS;
import static io.millrace.protocol.message.ApiKey.INIT_PRODUCER_ID;
import static io.millrace.protocol.message.ApiKey.LIST_OFFSETS;
import static io.millrace.protocol.message.ApiKey.OFFSET_FOR_LEADER_EPOCH;
import static io.millrace.protocol.message.ApiKey.PRODUCE;

import io.millrace.protocol.message.DeleteRecordsRequest;
import io.millrace.protocol.message.DeleteRecordsRequest.DeleteRecordsPartition;
import io.millrace.protocol.message.DeleteRecordsRequest.DeleteRecordsTopic;
import io.millrace.protocol.message.DescribeProducersRequest;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.InitProducerIdResponse;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderPartition;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderTopic;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.millrace.protocol.message.ProduceRequest.TopicProduceData;
import io.millrace.protocol.record.BufferRecords;
import java.util.ArrayList;
import java.util.List;

/** Records: produced, looked up and deleted. */
final class RecordSteps {
    private static final int TIMEOUT_MS = 10_000;
    private static final String PRODUCERS = "producers";

    private RecordSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(8, RecordSteps::produce, PRODUCE),
                Step.of(4, RecordSteps::produceIdempotently, PRODUCE, INIT_PRODUCER_ID),
                Step.of(2, RecordSteps::produceBadly, PRODUCE),
                Step.of(1, RecordSteps::produceWithoutAnswer, PRODUCE),
                Step.of(3, RecordSteps::initProducer, INIT_PRODUCER_ID),
                Step.of(5, RecordSteps::listOffsets, LIST_OFFSETS),
                Step.of(3, RecordSteps::leaderEpochs, OFFSET_FOR_LEADER_EPOCH),
                Step.of(2, RecordSteps::deleteRecords, DELETE_RECORDS),
                Step.of(2, RecordSteps::describeProducers, DESCRIBE_PRODUCERS));
    }

    /** A producer as its client keeps it. */
    static final class Producer {
        long id;
        short epoch;
        final java.util.Map<String, Integer> sequences = new java.util.HashMap<>();

        Producer(long id, short epoch) {
            this.id = id;
            this.epoch = epoch;
        }
    }

    static ProduceRequest produceRequest(
            short version, Topic topic, int partition, BufferRecords records) {
        return new ProduceRequest()
                .acks((short) -1)
                .timeoutMs(TIMEOUT_MS)
                .topicData(List.of(topicData(version, topic, partition, records)));
    }

    private static TopicProduceData topicData(
            short version, Topic topic, int partition, BufferRecords records) {
        TopicProduceData data =
                new TopicProduceData()
                        .partitionData(
                                List.of(
                                        new PartitionProduceData()
                                                .index(partition)
                                                .records(records)));
        return version >= 13 ? data.topicId(topic.id) : data.name(topic.name);
    }

    private static void produce(Sequence s) {
        short version = s.version(PRODUCE);
        List<TopicProduceData> data = new ArrayList<>();
        int wanted = 1 + s.random.nextInt(2);
        for (int i = 0; i < wanted; i++) {
            Topic topic = TopicSteps.any(s);
            if (data.stream()
                    .anyMatch(d -> d.name().equals(topic.name) || topic.id.equals(d.topicId()))) {
                continue;
            }
            TopicProduceData one =
                    topicData(
                            version,
                            topic,
                            TopicSteps.anyPartition(s, topic),
                            Batches.random(s, topic, version));
            if (s.chance(5)) {
                one = version >= 13 ? one.topicId(TopicSteps.anyId(s)) : one.name(s.name("none"));
            }
            data.add(one);
        }
        s.ask(
                new ProduceRequest()
                        .acks(s.oneOf((short) -1, (short) -1, (short) 1))
                        .timeoutMs(TIMEOUT_MS)
                        .topicData(data),
                version);
    }

    /** One plain record; whether it was taken. */
    static boolean produceOne(Sequence s, Topic topic, int partition) {
        short version = s.version(PRODUCE);
        return s.ask(produceRequest(version, topic, partition, Batches.plain(s, 1)), version)
                        .responses()
                        .get(0)
                        .partitionResponses()
                        .get(0)
                        .errorCode()
                == 0;
    }

    private static void produceBadly(Sequence s) {
        short version = s.version(PRODUCE);
        Topic topic = TopicSteps.any(s);
        ProduceRequest request =
                produceRequest(
                        version, topic, s.random.nextInt(topic.partitions), Batches.bad(s, topic));
        if (s.chance(15)) {
            request.acks(s.oneOf((short) 2, (short) -2));
        }
        if (s.chance(10)) {
            request.topicData().get(0).partitionData().get(0).records(null);
        }
        s.ask(request, version);
    }

    private static void produceWithoutAnswer(Sequence s) {
        short version = s.version(PRODUCE);
        Topic topic = TopicSteps.any(s);
        int partition = s.random.nextInt(topic.partitions);
        // Without compression and of the right size, so that it is taken.
        ProduceRequest request =
                produceRequest(version, topic, partition, Batches.plain(s, 1)).acks((short) 0);
        long before =
                s.ask(
                                TopicSteps.latestOf(topic.name, topic.partitions),
                                s.version(LIST_OFFSETS, 1, 99))
                        .topics()
                        .get(0)
                        .partitions()
                        .get(partition)
                        .offset();
        s.start(0, request, version);
        s.askUntil(
                0,
                TopicSteps.latestOf(topic.name, topic.partitions),
                s.version(LIST_OFFSETS, 1, 99),
                response -> response.topics().get(0).partitions().get(partition).offset() > before);
    }

    private static void initProducer(Sequence s) {
        List<Producer> producers = producers(s);
        InitProducerIdRequest request =
                new InitProducerIdRequest()
                        .transactionalId(null)
                        .transactionTimeoutMs(s.oneOf(Integer.MAX_VALUE, 0, 60_000));
        if (!producers.isEmpty() && s.chance(20)) {
            Producer producer = s.oneOf(producers);
            request.producerId(producer.id).producerEpoch(producer.epoch);
        }
        InitProducerIdResponse response = s.ask(request);
        if (response.errorCode() == 0) {
            producers.add(new Producer(response.producerId(), response.producerEpoch()));
        }
    }

    private static List<Producer> producers(Sequence s) {
        return s.remembered(PRODUCERS, ArrayList::new);
    }

    private static void produceIdempotently(Sequence s) {
        if (producers(s).isEmpty()) {
            initProducer(s);
        }
        if (producers(s).isEmpty()) {
            return;
        }
        Producer producer = s.oneOf(producers(s));
        Topic topic = TopicSteps.any(s);
        int partition = s.random.nextInt(topic.partitions);
        String key = topic.name + "-" + partition;
        int next = producer.sequences.getOrDefault(key, 0);
        int count = 1 + s.random.nextInt(3);
        int sequence = next;
        int epoch = producer.epoch;
        if (s.chance(30)) {
            // A retry, a gap, or a producer of another life.
            switch (s.random.nextInt(5)) {
                case 0 -> sequence = Math.max(0, next - 1);
                case 1 -> sequence = next + 5;
                case 2 -> epoch++;
                case 3 -> epoch = Math.max(0, epoch - 1);
                default -> sequence = 0;
            }
        }
        short version = s.version(PRODUCE);
        var response =
                s.ask(
                        produceRequest(
                                version,
                                topic,
                                partition,
                                Batches.ofProducer(
                                        s, producer.id, (short) epoch, sequence, count, false)),
                        version);
        if (response.responses().get(0).partitionResponses().get(0).errorCode() == 0) {
            producer.epoch = (short) epoch;
            producer.sequences.put(key, sequence + count);
        }
    }

    private static void listOffsets(Sequence s) {
        short version = s.version(LIST_OFFSETS);
        List<ListOffsetsTopic> topics = new ArrayList<>();
        Topic topic = TopicSteps.any(s);
        List<ListOffsetsPartition> partitions = new ArrayList<>();
        int wanted = 1 + s.random.nextInt(topic.partitions);
        for (int i = 0; i < wanted; i++) {
            partitions.add(
                    new ListOffsetsPartition()
                            .partitionIndex(i == 0 ? TopicSteps.anyPartition(s, topic) : 50 + i)
                            .currentLeaderEpoch(s.oneOf(-1, -1, 0, 5))
                            .maxNumOffsets(s.oneOf(1, 2, 10))
                            .timestamp(timestamp(s, version)));
        }
        topics.add(
                new ListOffsetsTopic()
                        .name(s.chance(94) ? topic.name : s.name("none"))
                        .partitions(partitions));
        s.ask(
                new ListOffsetsRequest()
                        .replicaId(-1)
                        .isolationLevel(s.oneOf((byte) 0, (byte) 1))
                        .topics(topics),
                version);
    }

    private static long timestamp(Sequence s, short version) {
        return switch (s.random.nextInt(8)) {
            case 0, 1 -> -1L;
            case 2 -> -2L;
            case 3 -> version >= 7 ? -3L : -2L;
            case 4 -> version >= 8 ? -4L : -1L;
            case 5 -> version >= 9 ? -5L : -1L;
            case 6 -> Batches.START_MS + s.random.nextInt(100);
            default -> s.oneOf(0L, Long.MAX_VALUE, Batches.START_MS);
        };
    }

    private static void leaderEpochs(Sequence s) {
        Topic topic = TopicSteps.any(s);
        s.ask(
                new OffsetForLeaderEpochRequest()
                        .replicaId(-1)
                        .topics(
                                List.of(
                                        new OffsetForLeaderTopic()
                                                .topic(s.chance(92) ? topic.name : s.name("none"))
                                                .partitions(
                                                        List.of(
                                                                new OffsetForLeaderPartition()
                                                                        .partition(
                                                                                TopicSteps
                                                                                        .anyPartition(
                                                                                                s,
                                                                                                topic))
                                                                        .currentLeaderEpoch(
                                                                                s.oneOf(-1, 0, 4))
                                                                        .leaderEpoch(
                                                                                s.oneOf(
                                                                                        0, 0, 1, 5,
                                                                                        -1)))))));
    }

    private static void deleteRecords(Sequence s) {
        Topic topic = TopicSteps.any(s);
        s.ask(
                new DeleteRecordsRequest()
                        .timeoutMs(TIMEOUT_MS)
                        .topics(
                                List.of(
                                        new DeleteRecordsTopic()
                                                .name(s.chance(92) ? topic.name : s.name("none"))
                                                .partitions(
                                                        List.of(
                                                                new DeleteRecordsPartition()
                                                                        .partitionIndex(
                                                                                TopicSteps
                                                                                        .anyPartition(
                                                                                                s,
                                                                                                topic))
                                                                        .offset(
                                                                                s.oneOf(
                                                                                        0L, 1L, 2L,
                                                                                        -1L, -2L,
                                                                                        1000L)))))));
    }

    private static void describeProducers(Sequence s) {
        Topic topic = TopicSteps.any(s);
        s.ask(
                new DescribeProducersRequest()
                        .topics(
                                List.of(
                                        new DescribeProducersRequest.TopicRequest()
                                                .name(s.chance(92) ? topic.name : s.name("none"))
                                                .partitionIndexes(
                                                        List.of(
                                                                TopicSteps.anyPartition(
                                                                        s, topic))))));
    }
}
