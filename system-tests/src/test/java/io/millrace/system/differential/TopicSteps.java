package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.CREATE_PARTITIONS;
import static io.millrace.protocol.message.ApiKey.CREATE_TOPICS;
import static io.millrace.protocol.message.ApiKey.DELETE_TOPICS;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_TOPIC_PARTITIONS;
import static io.millrace.protocol.message.ApiKey.LIST_OFFSETS;
import static io.millrace.protocol.message.ApiKey.METADATA;

import io.millrace.protocol.message.CreatePartitionsRequest;
import io.millrace.protocol.message.CreatePartitionsRequest.CreatePartitionsAssignment;
import io.millrace.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableReplicaAssignment;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.millrace.protocol.message.DeleteTopicsRequest;
import io.millrace.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.millrace.protocol.message.DescribeTopicPartitionsRequest;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.millrace.protocol.message.MetadataResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/** Topics: created, described, grown and deleted, rightly and wrongly. */
final class TopicSteps {
    private static final int TIMEOUT_MS = 10_000;

    /** More cost time and show nothing new. */
    private static final int MOST_TOPICS = 3;

    private TopicSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(3, TopicSteps::create, CREATE_TOPICS),
                Step.of(3, TopicSteps::createWrongly, CREATE_TOPICS),
                Step.of(4, TopicSteps::metadata, METADATA),
                Step.of(3, TopicSteps::describePartitions, DESCRIBE_TOPIC_PARTITIONS),
                Step.of(2, TopicSteps::grow, CREATE_PARTITIONS),
                Step.of(1, TopicSteps::delete, DELETE_TOPICS),
                Step.of(2, TopicSteps::deleteWrongly, DELETE_TOPICS));
    }

    /** A topic that is there, or made now. */
    static Topic any(Sequence s) {
        List<Topic> present = s.topics.stream().filter(topic -> topic.exists).toList();
        return present.isEmpty() ? create(s) : s.oneOf(present);
    }

    /** Mostly a topic of ours, now and then one that is not there. */
    static String anyName(Sequence s) {
        return s.chance(88) ? any(s).name : s.oneOf(s.name("nowhere"), "", "bad name");
    }

    static UUID anyId(Sequence s) {
        return s.chance(88) ? any(s).id : new UUID(s.random.nextLong() | 1, 4711);
    }

    static int anyPartition(Sequence s, Topic topic) {
        return s.chance(92)
                ? s.random.nextInt(topic.partitions)
                : s.oneOf(topic.partitions, -1, 100, Integer.MAX_VALUE);
    }

    static Topic create(Sequence s) {
        if (s.topics.size() >= MOST_TOPICS && s.topics.stream().anyMatch(t -> t.exists)) {
            return any(s);
        }
        String name = s.name("topic");
        short version = s.version(CREATE_TOPICS);
        int partitions = 1 + s.random.nextInt(3);
        boolean compacted = s.chance(15);
        List<CreatableTopicConfig> configs = new ArrayList<>();
        if (compacted) {
            configs.add(new CreatableTopicConfig().name("cleanup.policy").value("compact"));
        }
        if (s.chance(10)) {
            configs.add(
                    new CreatableTopicConfig()
                            .name("message.timestamp.type")
                            .value("LogAppendTime"));
        }
        if (s.chance(10)) {
            configs.add(new CreatableTopicConfig().name("max.message.bytes").value("2000"));
        }
        CreatableTopic topic = new CreatableTopic().name(name).configs(configs);
        if (s.chance(20)) {
            topic.numPartitions(-1)
                    .replicationFactor((short) -1)
                    .assignments(
                            IntStream.range(0, partitions)
                                    .mapToObj(
                                            index ->
                                                    new CreatableReplicaAssignment()
                                                            .partitionIndex(index)
                                                            .brokerIds(List.of(1)))
                                    .toList());
        } else {
            topic.numPartitions(partitions).replicationFactor((short) 1);
        }
        s.ask(new CreateTopicsRequest().topics(List.of(topic)).timeoutMs(TIMEOUT_MS), version);
        Topic created = new Topic(name, awaitServed(s, name, partitions), partitions, compacted);
        s.topics.add(created);
        return created;
    }

    /** Until the brokers lead all partitions and answer for them; gives the topic's id. */
    static UUID awaitServed(Sequence s, String name, int partitions) {
        MetadataResponse metadata =
                s.askUntil(
                        0,
                        request(name),
                        s.serves(METADATA, 10, 99)
                                ? s.version(METADATA, 10, 99)
                                : s.version(METADATA),
                        response ->
                                response.topics().size() == 1
                                        && response.topics().get(0).partitions().size()
                                                == partitions
                                        && response.topics().get(0).partitions().stream()
                                                .allMatch(partition -> partition.leaderId() >= 0));
        s.askUntil(
                0,
                latestOf(name, partitions),
                s.version(LIST_OFFSETS),
                response ->
                        response.topics().get(0).partitions().stream()
                                .allMatch(partition -> partition.errorCode() == 0));
        return metadata.topics().isEmpty() ? null : metadata.topics().get(0).topicId();
    }

    private static MetadataRequest request(String... names) {
        List<MetadataRequestTopic> topics = new ArrayList<>();
        for (String name : names) {
            topics.add(new MetadataRequestTopic().name(name));
        }
        return new MetadataRequest().topics(topics).allowAutoTopicCreation(false);
    }

    static ListOffsetsRequest latestOf(String topic, int partitions) {
        return new ListOffsetsRequest()
                .replicaId(-1)
                .topics(
                        List.of(
                                new ListOffsetsTopic()
                                        .name(topic)
                                        .partitions(
                                                IntStream.range(0, partitions)
                                                        .mapToObj(
                                                                index ->
                                                                        new ListOffsetsPartition()
                                                                                .partitionIndex(
                                                                                        index)
                                                                                .timestamp(-1))
                                                        .toList())));
    }

    private static void createWrongly(Sequence s) {
        String name =
                s.oneOf(
                        s.name("wrong"),
                        any(s).name,
                        "",
                        ".",
                        "..",
                        "a/b",
                        "with space",
                        "x".repeat(250),
                        s.name("wrong"),
                        s.name("wrong"),
                        s.name("wrong"));
        CreatableTopic topic =
                new CreatableTopic().name(name).numPartitions(1).replicationFactor((short) 1);
        boolean valid = false;
        switch (s.random.nextInt(9)) {
            case 0 -> topic.numPartitions(s.oneOf(0, -2, Integer.MIN_VALUE));
            case 1 -> topic.replicationFactor(s.oneOf((short) 0, (short) 3, (short) -2));
            case 2 -> topic.configs(List.of(config("no.such.config", "1")));
            case 3 ->
                    topic.configs(
                            List.of(
                                    s.oneOf(
                                            config("retention.ms", "soon"),
                                            config("retention.ms", "-2"),
                                            config("cleanup.policy", "burn"),
                                            config("segment.bytes", "1"),
                                            config("compression.type", "rar"),
                                            config("min.insync.replicas", "0"),
                                            config("max.message.bytes", null))));
            case 4 ->
                    topic.numPartitions(-1)
                            .replicationFactor((short) -1)
                            .assignments(List.of(assignment(s.oneOf(0, 1, -1), s.oneOf(1, 99))));
            case 5 -> topic.assignments(List.of(assignment(0, 1)));
            case 6 ->
                    topic.numPartitions(-1)
                            .replicationFactor((short) -1)
                            .assignments(List.of(assignment(0, 1), assignment(2, 1)));
            default -> valid = true;
        }
        // What would succeed is only validated.
        boolean validateOnly = valid || s.chance(70);
        List<CreatableTopic> topics = new ArrayList<>(List.of(topic));
        if (s.chance(10)) {
            topics.add(
                    new CreatableTopic().name(name).numPartitions(1).replicationFactor((short) 1));
        }
        if (s.chance(3)) {
            topics.clear();
        }
        s.ask(
                new CreateTopicsRequest()
                        .topics(topics)
                        .timeoutMs(TIMEOUT_MS)
                        .validateOnly(validateOnly),
                s.version(CREATE_TOPICS, validateOnly ? 1 : 0, 99));
    }

    private static CreatableTopicConfig config(String name, String value) {
        return new CreatableTopicConfig().name(name).value(value);
    }

    private static CreatableReplicaAssignment assignment(int partition, int broker) {
        return new CreatableReplicaAssignment()
                .partitionIndex(partition)
                .brokerIds(List.of(broker));
    }

    private static void metadata(Sequence s) {
        short version = s.version(METADATA);
        MetadataRequest request = new MetadataRequest().allowAutoTopicCreation(false);
        List<MetadataRequestTopic> asked = new ArrayList<>();
        int wanted = s.random.nextInt(4);
        for (int i = 0; i < wanted; i++) {
            boolean byId = version >= 12 && s.chance(50);
            asked.add(
                    byId
                            ? new MetadataRequestTopic().name(null).topicId(anyId(s))
                            : new MetadataRequestTopic().name(anyName(s)));
        }
        // The same topic twice is another matter: see the list of intended differences.
        List<MetadataRequestTopic> topics =
                s.chance(97) ? List.copyOf(byKey(asked).values()) : asked;
        request.topics(s.chance(10) && version >= 1 ? null : topics);
        request.includeTopicAuthorizedOperations(s.chance(30));
        request.includeClusterAuthorizedOperations(s.chance(30));
        s.ask(request, version);
    }

    private static Map<Object, MetadataRequestTopic> byKey(List<MetadataRequestTopic> topics) {
        Map<Object, MetadataRequestTopic> byKey = new LinkedHashMap<>();
        topics.forEach(
                topic ->
                        byKey.putIfAbsent(
                                topic.name() == null ? topic.topicId() : topic.name(), topic));
        return byKey;
    }

    private static void describePartitions(Sequence s) {
        DescribeTopicPartitionsRequest request = new DescribeTopicPartitionsRequest();
        int wanted = 1 + s.random.nextInt(3);
        for (int i = 0; i < wanted; i++) {
            String name = anyName(s);
            if (request.topics().stream().noneMatch(topic -> topic.name().equals(name))) {
                request.topics().add(new DescribeTopicPartitionsRequest.TopicRequest().name(name));
            }
        }
        // An empty name spoils the answers for all that follow it: it is asked for alone.
        request.topics().stream()
                .filter(topic -> topic.name().isEmpty())
                .findFirst()
                .ifPresent(empty -> request.topics(new ArrayList<>(List.of(empty))));
        request.responsePartitionLimit(s.oneOf(1, 2, 2000));
        if (s.chance(20)) {
            request.cursor(
                    new DescribeTopicPartitionsRequest.Cursor()
                            .topicName(request.topics().get(0).name())
                            .partitionIndex(s.oneOf(0, 1)));
        }
        s.ask(request);
    }

    private static void grow(Sequence s) {
        Topic topic = any(s);
        int count = topic.partitions + s.oneOf(1, 1, 1, 0, -1, -100);
        CreatePartitionsTopic growth =
                new CreatePartitionsTopic()
                        .name(s.chance(90) ? topic.name : anyName(s))
                        .count(count)
                        .assignments(null);
        if (s.chance(25)) {
            growth.assignments(
                    s.oneOf(
                            List.of(),
                            List.of(assigned(1)),
                            List.of(assigned(99)),
                            List.of(assigned(1), assigned(1))));
        }
        boolean validateOnly = s.chance(40);
        var response =
                s.ask(
                        new CreatePartitionsRequest()
                                .topics(List.of(growth))
                                .timeoutMs(TIMEOUT_MS)
                                .validateOnly(validateOnly));
        if (response.results().size() == 1
                && response.results().get(0).errorCode() == 0
                && !validateOnly) {
            s.topics.stream()
                    .filter(known -> known.name.equals(growth.name()))
                    .forEach(
                            known -> {
                                known.partitions = count;
                                awaitServed(s, known.name, count);
                            });
        }
    }

    private static CreatePartitionsAssignment assigned(int broker) {
        return new CreatePartitionsAssignment().brokerIds(List.of(broker));
    }

    static void delete(Sequence s) {
        if (s.topics.stream().filter(topic -> topic.exists).count() < 2) {
            return;
        }
        delete(s, any(s));
    }

    static void delete(Sequence s, Topic topic) {
        short version = s.version(DELETE_TOPICS);
        s.ask(deletion(s, version, topic.name, topic.id), version);
        topic.exists = false;
        s.askUntil(
                0,
                request(topic.name),
                s.version(METADATA, 4, 99),
                response ->
                        response.topics().size() == 1 && response.topics().get(0).errorCode() != 0);
    }

    private static void deleteWrongly(Sequence s) {
        short version = s.version(DELETE_TOPICS);
        s.ask(deletion(s, version, s.oneOf(s.name("gone"), "", "a b"), new UUID(7, 7)), version);
    }

    private static DeleteTopicsRequest deletion(Sequence s, short version, String name, UUID id) {
        DeleteTopicsRequest request = new DeleteTopicsRequest().timeoutMs(TIMEOUT_MS);
        if (version < 6) {
            return request.topicNames(List.of(name));
        }
        return request.topics(
                List.of(
                        s.chance(50) && id != null
                                ? new DeleteTopicState().name(null).topicId(id)
                                : new DeleteTopicState().name(name)));
    }

    /** At the end, so that listings stay short; nobody looks at the answer. */
    static void deleteAll(Sequence s) {
        List<String> names =
                s.topics.stream().filter(topic -> topic.exists).map(topic -> topic.name).toList();
        if (!names.isEmpty() && s.serves(DELETE_TOPICS, 1, 5)) {
            s.ask(
                    new DeleteTopicsRequest().topicNames(names).timeoutMs(TIMEOUT_MS),
                    s.version(DELETE_TOPICS, 1, 5));
        }
    }
}
