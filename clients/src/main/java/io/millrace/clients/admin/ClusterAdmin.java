package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Node;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.clients.consumer.IsolationLevel;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.protocol.message.DescribeClusterRequest;
import io.millrace.protocol.message.DescribeClusterResponse;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** The admin client: each subject has its class. */
final class ClusterAdmin implements Admin {
    private final ClusterClient cluster;
    private final AdminCalls calls;
    private final TopicAdmin topics;
    private final ConfigAdmin configs;
    private final GroupAdmin groups;
    private final LogAdmin logs;

    ClusterAdmin(ClusterClient cluster) {
        this.cluster = cluster;
        this.calls = new AdminCalls(cluster);
        this.topics = new TopicAdmin(calls);
        this.configs = new ConfigAdmin(calls);
        this.groups = new GroupAdmin(calls);
        this.logs = new LogAdmin(calls);
    }

    @Override
    public CompletableFuture<Map<String, UUID>> createTopics(Collection<NewTopic> newTopics) {
        return topics.create(newTopics);
    }

    @Override
    public CompletableFuture<Void> deleteTopics(Collection<String> names) {
        return topics.delete(names);
    }

    @Override
    public CompletableFuture<Map<String, TopicListing>> listTopics() {
        return topics.list();
    }

    @Override
    public CompletableFuture<Map<String, TopicDescription>> describeTopics(
            Collection<String> names) {
        return topics.describe(names, true);
    }

    @Override
    public CompletableFuture<Map<String, TopicDescription>> findTopics(Collection<String> names) {
        return topics.describe(names, false);
    }

    @Override
    public CompletableFuture<Void> createPartitions(Map<String, Integer> totalCounts) {
        return topics.createPartitions(totalCounts);
    }

    @Override
    public CompletableFuture<Map<ConfigResource, Map<String, ConfigEntry>>> describeConfigs(
            Collection<ConfigResource> resources) {
        return configs.describe(resources);
    }

    @Override
    public CompletableFuture<Void> incrementalAlterConfigs(
            Map<ConfigResource, List<ConfigChange>> changes) {
        return configs.alter(changes);
    }

    @Override
    public CompletableFuture<List<ConfigResource>> listConfigResources(
            Set<ConfigResource.Type> types) {
        return configs.list(types);
    }

    @Override
    public FeatureAdmin features() {
        return new FeatureAdmin(calls);
    }

    @Override
    public PartitionAdmin partitions() {
        return new PartitionAdmin(calls);
    }

    @Override
    public ExplainAdmin explanations() {
        return new ExplainAdmin(calls);
    }

    @Override
    public TransactionAdmin transactions() {
        return new TransactionAdmin(calls);
    }

    @Override
    public ConsumerGroupAdmin consumerGroups() {
        return new ConsumerGroupAdmin(calls);
    }

    @Override
    public ShareGroupAdmin shareGroups() {
        return new ShareGroupAdmin(calls);
    }

    @Override
    public StreamsGroupAdmin streamsGroups() {
        return new StreamsGroupAdmin(calls);
    }

    @Override
    public AclAdmin acls() {
        return new AclAdmin(calls);
    }

    @Override
    public QuotaAdmin quotas() {
        return new QuotaAdmin(calls);
    }

    @Override
    public ScramAdmin scramCredentials() {
        return new ScramAdmin(calls);
    }

    @Override
    public CompletableFuture<ClusterDescription> describeCluster() {
        RequestFactory<DescribeClusterResponse> request =
                RequestFactory.of(new DescribeClusterRequest());
        return calls.any(request, ClusterAdmin::read);
    }

    private static ClusterDescription read(DescribeClusterResponse response) {
        AdminCalls.check(response.errorCode(), response.errorMessage(), "describing the cluster");
        List<Node> nodes =
                response.brokers().stream()
                        .map(
                                broker ->
                                        new Node(
                                                broker.brokerId(),
                                                broker.host(),
                                                broker.port(),
                                                Optional.ofNullable(broker.rack())))
                        .toList();
        return new ClusterDescription(
                response.clusterId(),
                nodes,
                nodes.stream().filter(node -> node.id() == response.controllerId()).findFirst());
    }

    @Override
    public CompletableFuture<List<GroupListing>> listGroups() {
        return groups.list();
    }

    @Override
    public CompletableFuture<Map<String, GroupDescription>> describeGroups(
            Collection<String> names) {
        return groups.describe(names);
    }

    @Override
    public CompletableFuture<Void> deleteGroups(Collection<String> names) {
        return groups.delete(names);
    }

    @Override
    public CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> listGroupOffsets(
            String group, Optional<Set<TopicPartition>> partitions) {
        return groups.offsets(group, partitions);
    }

    @Override
    public CompletableFuture<Void> alterGroupOffsets(
            String group, Map<TopicPartition, OffsetAndMetadata> offsets) {
        return groups.alterOffsets(group, offsets);
    }

    @Override
    public CompletableFuture<Void> deleteGroupOffsets(
            String group, Set<TopicPartition> partitions) {
        return groups.deleteOffsets(group, partitions);
    }

    @Override
    public CompletableFuture<Map<TopicPartition, ListedOffset>> listOffsets(
            Map<TopicPartition, OffsetSpec> partitions, IsolationLevel isolation) {
        return logs.listOffsets(partitions, isolation);
    }

    @Override
    public CompletableFuture<Map<TopicPartition, Long>> deleteRecords(
            Map<TopicPartition, Long> beforeOffsets) {
        return logs.deleteRecords(beforeOffsets);
    }

    @Override
    public CompletableFuture<Map<Integer, List<LogDirDescription>>> describeLogDirs(
            Collection<Integer> brokers) {
        return logs.describeLogDirs(brokers);
    }

    @Override
    public void close() {
        cluster.close();
    }
}
