package io.millrace.system.foreign.kafkaclients;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;

/** What every administration client does with topics, configurations, groups and records. */
@SuppressWarnings({"deprecation", "removal"}) // what 2.8 offers
final class AdminScenarios {
    /**
     * {@code flush.on.ack} is Millrace's own; a KRaft controller sets {@code min.insync.replicas}
     * for the whole cluster, which shows as a source of its own.
     */
    private static final Set<String> DIFFERENT_BY_INTENT =
            Set.of("flush.on.ack", "min.insync.replicas");

    private final Cluster cluster;

    AdminScenarios(Cluster cluster) {
        this.cluster = cluster;
    }

    void addTo(Scenarios scenarios) {
        scenarios.add("admin.topics", this::topics);
        scenarios.add("admin.partitions", this::partitions);
        scenarios.add("admin.configs.topic", this::topicConfigs);
        scenarios.add("admin.configs.all", this::allTopicConfigs);
        scenarios.add("admin.configs.broker", this::brokerConfigs);
        scenarios.add("admin.groups", this::groups);
        scenarios.add("admin.offsets", this::offsets);
        scenarios.add("admin.delete-records", this::deleteRecords);
        scenarios.add("admin.cluster", this::describeCluster);
        scenarios.add("admin.log-dirs", this::logDirs);
        scenarios.add("admin.acls", this::acls);
        scenarios.add("admin.quotas", this::quotas);
    }

    /** {@code describeTopics}: its result has had three shapes. */
    static Map<String, KafkaFuture<TopicDescription>> describe(
            Admin admin, Collection<String> topics) throws Exception {
        Object result = admin.describeTopics(topics);
        for (String method : List.of("topicNameValues", "values")) {
            try {
                Map<?, ?> values = (Map<?, ?>) result.getClass().getMethod(method).invoke(result);
                Map<String, KafkaFuture<TopicDescription>> found = new TreeMap<>();
                values.forEach(
                        (topic, future) ->
                                found.put(
                                        (String) topic,
                                        ((KafkaFuture<?>) future)
                                                .thenApply(TopicDescription.class::cast)));
                return found;
            } catch (NoSuchMethodException e) {
                continue; // an older or younger client
            }
        }
        throw new IllegalStateException("no topic descriptions");
    }

    private void topics(Answer answer) throws Exception {
        try (Admin admin = cluster.admin()) {
            NewTopic topic =
                    new NewTopic("admin-topic", 3, (short) 1)
                            .configs(Map.of("retention.ms", "123456"));
            admin.createTopics(List.of(topic), new CreateTopicsOptions().validateOnly(true))
                    .all()
                    .get();
            answer.put(
                    "after validation", admin.listTopics().names().get().contains("admin-topic"));
            CreateTopicsResult created = admin.createTopics(List.of(topic));
            answer.put("partitions", created.numPartitions("admin-topic").get());
            answer.put(
                    "retention", created.config("admin-topic").get().get("retention.ms").value());
            awaitListed(admin, "admin-topic", true);
            answer.refusal("again", () -> admin.createTopics(List.of(topic)).all().get());
            refuseTopic(answer, admin, new NewTopic("bad name!", 1, (short) 1));
            refuseTopic(answer, admin, new NewTopic("admin-copies", 1, (short) 3));
            refuseTopic(answer, admin, new NewTopic("admin-none", 0, (short) 1));
            refuseTopic(
                    answer,
                    admin,
                    new NewTopic("admin-key", 1, (short) 1).configs(Map.of("no.such.key", "1")));
            refuseTopic(
                    answer,
                    admin,
                    new NewTopic("admin-value", 1, (short) 1)
                            .configs(Map.of("retention.ms", "soon")));
            TopicDescription description =
                    describe(admin, List.of("admin-topic")).get("admin-topic").get();
            answer.put(
                    "described",
                    description.partitions().stream()
                            .map(
                                    partition ->
                                            partition.partition()
                                                    + " led "
                                                    + (partition.leader() != null)
                                                    + " replicas "
                                                    + partition.replicas().size()
                                                    + " in sync "
                                                    + partition.isr().size())
                            .toList());
            answer.put("internal", description.isInternal());
            admin.deleteTopics(List.of("admin-topic")).all().get();
            awaitListed(admin, "admin-topic", false);
            answer.refusal(
                    "describe it",
                    () -> describe(admin, List.of("admin-topic")).get("admin-topic").get());
            answer.refusal(
                    "delete it again",
                    () -> admin.deleteTopics(List.of("admin-topic")).all().get());
        }
    }

    /** A broker may learn of a topic, or of its end, a little later than the one who asks. */
    private static void awaitListed(Admin admin, String topic, boolean listed) {
        Cluster.awaitPolling(
                topic + " listed " + listed,
                () -> admin.listTopics().names().get().contains(topic) == listed);
    }

    private static void refuseTopic(Answer answer, Admin admin, NewTopic topic) {
        answer.refusal(topic.name(), () -> admin.createTopics(List.of(topic)).all().get());
    }

    private void partitions(Answer answer) throws Exception {
        cluster.createTopic("more", 1);
        try (Admin admin = cluster.admin()) {
            admin.createPartitions(Map.of("more", NewPartitions.increaseTo(3))).all().get();
            Cluster.awaitPolling(
                    "three partitions",
                    () ->
                            describe(admin, List.of("more")).get("more").get().partitions().size()
                                    == 3);
            cluster.fill("more", 2, 3);
            answer.put("records in the new one", cluster.read("more"));
            for (int count : new int[] {3, 2, 0}) {
                answer.refusal(
                        "to " + count,
                        () ->
                                admin.createPartitions(
                                                Map.of("more", NewPartitions.increaseTo(count)))
                                        .all()
                                        .get());
            }
            answer.refusal(
                    "unknown topic",
                    () ->
                            admin.createPartitions(Map.of("no-such", NewPartitions.increaseTo(2)))
                                    .all()
                                    .get());
        }
    }

    private static void alter(
            Admin admin, ConfigResource resource, AlterConfigOp.OpType operation, String... entry)
            throws Exception {
        admin.incrementalAlterConfigs(
                        Map.of(
                                resource,
                                List.of(
                                        new AlterConfigOp(
                                                new ConfigEntry(entry[0], entry[1]), operation))))
                .all()
                .get();
    }

    private static String entry(Admin admin, ConfigResource resource, String key) throws Exception {
        ConfigEntry entry =
                admin.describeConfigs(List.of(resource)).all().get().get(resource).get(key);
        return entry == null
                ? "none"
                : entry.value()
                        + " "
                        + entry.source()
                        + (entry.isDefault() ? " default" : "")
                        + (entry.isReadOnly() ? " read-only" : "")
                        + (entry.isSensitive() ? " sensitive" : "");
    }

    /** The entry, once it has this value: a broker may learn of a change a little later. */
    private static String awaitEntry(Admin admin, ConfigResource resource, String key, String value)
            throws Exception {
        Cluster.awaitPolling(
                key + " is " + value, () -> entry(admin, resource, key).startsWith(value + " "));
        return entry(admin, resource, key);
    }

    private void topicConfigs(Answer answer) throws Exception {
        cluster.createTopic("configs", 1);
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "configs");
        try (Admin admin = cluster.admin()) {
            answer.put("before", entry(admin, topic, "retention.ms"));
            alter(admin, topic, AlterConfigOp.OpType.SET, "retention.ms", "123456");
            alter(admin, topic, AlterConfigOp.OpType.APPEND, "cleanup.policy", "compact");
            answer.put("set", awaitEntry(admin, topic, "retention.ms", "123456"));
            answer.put("appended", awaitEntry(admin, topic, "cleanup.policy", "delete,compact"));
            alter(admin, topic, AlterConfigOp.OpType.SUBTRACT, "cleanup.policy", "delete");
            answer.put("subtracted", awaitEntry(admin, topic, "cleanup.policy", "compact"));
            alter(admin, topic, AlterConfigOp.OpType.DELETE, "retention.ms", "");
            answer.put("deleted", awaitEntry(admin, topic, "retention.ms", "604800000"));
            answer.refusal(
                    "unknown key",
                    () -> alter(admin, topic, AlterConfigOp.OpType.SET, "no.such.key", "1"));
            answer.refusal(
                    "ill-typed value",
                    () -> alter(admin, topic, AlterConfigOp.OpType.SET, "retention.ms", "soon"));
            answer.refusal(
                    "unknown topic",
                    () ->
                            entry(
                                    admin,
                                    new ConfigResource(ConfigResource.Type.TOPIC, "no-such"),
                                    "x"));
        }
    }

    private void allTopicConfigs(Answer answer) throws Exception {
        cluster.createTopic("all-configs", 1);
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "all-configs");
        try (Admin admin = cluster.admin()) {
            Config config = admin.describeConfigs(List.of(topic)).all().get().get(topic);
            for (String key :
                    config.entries().stream()
                            .map(ConfigEntry::name)
                            .collect(Collectors.toCollection(TreeSet::new))) {
                if (!DIFFERENT_BY_INTENT.contains(key)) {
                    answer.put(key, entry(admin, topic, key) + " " + config.get(key).type());
                }
            }
        }
    }

    private void brokerConfigs(Answer answer) throws Exception {
        ConfigResource everyBroker = new ConfigResource(ConfigResource.Type.BROKER, "");
        try (Admin admin = cluster.admin()) {
            String id = admin.describeCluster().nodes().get().iterator().next().idString();
            ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, id);
            answer.put("before", entry(admin, broker, "max.connections.per.ip"));
            alter(admin, everyBroker, AlterConfigOp.OpType.SET, "max.connections.per.ip", "700000");
            answer.put("default", awaitEntry(admin, broker, "max.connections.per.ip", "700000"));
            alter(admin, broker, AlterConfigOp.OpType.SET, "max.connections.per.ip", "800000");
            answer.put("own", awaitEntry(admin, broker, "max.connections.per.ip", "800000"));
            alter(admin, broker, AlterConfigOp.OpType.DELETE, "max.connections.per.ip", "");
            alter(admin, everyBroker, AlterConfigOp.OpType.DELETE, "max.connections.per.ip", "");
            answer.put(
                    "deleted", awaitEntry(admin, broker, "max.connections.per.ip", "2147483647"));
            answer.put("read-only", entry(admin, broker, "log.dirs").contains("read-only"));
        }
    }

    private void groups(Answer answer) throws Exception {
        cluster.createTopic("grouped", 2);
        try (Admin admin = cluster.admin()) {
            try (Member member = new Member(cluster.consumer("admin-group"), "grouped")) {
                Member.awaitPartitions(List.of(member), List.of(2));
                answer.put(
                        "listed",
                        admin.listConsumerGroups().all().get().stream()
                                .anyMatch(group -> group.groupId().equals("admin-group")));
                answer.put("alive", describeGroup(admin));
                answer.refusal(
                        "delete it alive",
                        () -> admin.deleteConsumerGroups(List.of("admin-group")).all().get());
            }
            answer.put("empty", describeGroup(admin));
            admin.deleteConsumerGroups(List.of("admin-group")).all().get();
            answer.refusal(
                    "describe it deleted", () -> answer.put("deleted", describeGroup(admin)));
            answer.refusal(
                    "delete it again",
                    () -> admin.deleteConsumerGroups(List.of("admin-group")).all().get());
        }
    }

    private static List<String> describeGroup(Admin admin) throws Exception {
        ConsumerGroupDescription group =
                admin.describeConsumerGroups(List.of("admin-group")).all().get().get("admin-group");
        return List.of(
                group.state().toString(),
                group.partitionAssignor(),
                "members " + group.members().size(),
                "simple " + group.isSimpleConsumerGroup(),
                "coordinated " + (group.coordinator() != null),
                group.members().stream()
                        .map(
                                member ->
                                        (member.consumerId().startsWith("consumer-")
                                                        ? "consumer-…"
                                                        : member.consumerId())
                                                + " "
                                                + member.host()
                                                + " "
                                                + member.assignment().topicPartitions().size())
                        .toList()
                        .toString());
    }

    private void offsets(Answer answer) throws Exception {
        cluster.createTopic("admin-offsets", 2);
        cluster.fill("admin-offsets", 0, 5);
        TopicPartition first = new TopicPartition("admin-offsets", 0);
        TopicPartition second = new TopicPartition("admin-offsets", 1);
        String group = "admin-offsets-group";
        try (Admin admin = cluster.admin()) {
            admin.alterConsumerGroupOffsets(
                            group,
                            Map.of(
                                    first,
                                    new OffsetAndMetadata(3, "by hand"),
                                    second,
                                    new OffsetAndMetadata(0)))
                    .all()
                    .get();
            answer.put("altered", committed(admin, group));
            admin.deleteConsumerGroupOffsets(group, Set.of(second)).all().get();
            answer.put("one deleted", committed(admin, group));
            answer.put(
                    "earliest, latest",
                    List.of(
                            admin.listOffsets(Map.of(first, OffsetSpec.earliest()))
                                    .partitionResult(first)
                                    .get()
                                    .offset(),
                            admin.listOffsets(Map.of(first, OffsetSpec.latest()))
                                    .partitionResult(first)
                                    .get()
                                    .offset()));
            try (Member member = new Member(cluster.consumer(group), "admin-offsets")) {
                Member.awaitPartitions(List.of(member), List.of(2));
                answer.refusal(
                        "delete under a member",
                        () -> admin.deleteConsumerGroupOffsets(group, Set.of(first)).all().get());
                answer.refusal(
                        "alter under a member",
                        () ->
                                admin.alterConsumerGroupOffsets(
                                                group, Map.of(first, new OffsetAndMetadata(1)))
                                        .all()
                                        .get());
            }
        }
    }

    private static Map<String, String> committed(Admin admin, String group) throws Exception {
        return OffsetScenarios.show(
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get());
    }

    private void deleteRecords(Answer answer) throws Exception {
        cluster.createTopic("deleted-records", 1);
        cluster.fill("deleted-records", 0, 10);
        TopicPartition partition = new TopicPartition("deleted-records", 0);
        try (Admin admin = cluster.admin();
                KafkaConsumer<String, String> consumer = cluster.consumer(Map.of())) {
            for (long before : new long[] {4, 2, 11, -1}) {
                answer.refusal(
                        "before " + before,
                        () ->
                                answer.put(
                                        "low watermark after " + before,
                                        admin.deleteRecords(
                                                        Map.of(
                                                                partition,
                                                                RecordsToDelete.beforeOffset(
                                                                        before)))
                                                .lowWatermarks()
                                                .get(partition)
                                                .get()
                                                .lowWatermark()));
                answer.put(
                        "begins after " + before,
                        consumer.beginningOffsets(List.of(partition)).get(partition));
                answer.put("left after " + before, cluster.read("deleted-records").size());
            }
        }
    }

    private void describeCluster(Answer answer) throws Exception {
        try (Admin admin = cluster.admin()) {
            var description = admin.describeCluster();
            answer.put("nodes", description.nodes().get().size());
            answer.put("has an id", !description.clusterId().get().isEmpty());
            answer.put(
                    "controller is one of them",
                    description.nodes().get().contains(description.controller().get()));
        }
    }

    private void logDirs(Answer answer) throws Exception {
        cluster.createTopic("log-dirs", 1);
        cluster.fill("log-dirs", 0, 10);
        TopicPartition partition = new TopicPartition("log-dirs", 0);
        try (Admin admin = cluster.admin()) {
            int id = admin.describeCluster().nodes().get().iterator().next().id();
            admin.describeLogDirs(List.of(id))
                    .allDescriptions()
                    .get()
                    .get(id)
                    .forEach(
                            (directory, description) -> {
                                var replica = description.replicaInfos().get(partition);
                                answer.put("failed", description.error() != null);
                                answer.put("bytes", replica.size());
                                answer.put("lag", replica.offsetLag());
                                answer.put("future", replica.isFuture());
                            });
        }
    }

    private void acls(Answer answer) {
        try (Admin admin = cluster.admin()) {
            answer.refusal(
                    "without an authorizer",
                    () -> admin.describeAcls(AclBindingFilter.ANY).values().get());
        }
    }

    private void quotas(Answer answer) throws Exception {
        ClientQuotaEntity entity =
                new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, "quota-client"));
        try (Admin admin = cluster.admin()) {
            for (Double rate : new Double[] {1e9, null}) {
                admin.alterClientQuotas(
                                List.of(
                                        new ClientQuotaAlteration(
                                                entity,
                                                List.of(
                                                        new ClientQuotaAlteration.Op(
                                                                "producer_byte_rate", rate)))))
                        .all()
                        .get();
                boolean set = rate != null;
                Cluster.awaitPolling(
                        "quota",
                        () ->
                                admin.describeClientQuotas(ClientQuotaFilter.all())
                                                .entities()
                                                .get()
                                                .containsKey(entity)
                                        == set);
                answer.put(
                        set ? "set" : "removed",
                        String.valueOf(
                                admin.describeClientQuotas(ClientQuotaFilter.all())
                                        .entities()
                                        .get()
                                        .get(entity)));
            }
        }
    }
}
