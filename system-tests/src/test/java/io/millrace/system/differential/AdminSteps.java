package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.ALTER_CLIENT_QUOTAS;
import static io.millrace.protocol.message.ApiKey.ALTER_PARTITION_REASSIGNMENTS;
import static io.millrace.protocol.message.ApiKey.ALTER_REPLICA_LOG_DIRS;
import static io.millrace.protocol.message.ApiKey.ALTER_USER_SCRAM_CREDENTIALS;
import static io.millrace.protocol.message.ApiKey.API_VERSIONS;
import static io.millrace.protocol.message.ApiKey.CREATE_ACLS;
import static io.millrace.protocol.message.ApiKey.DELETE_ACLS;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_ACLS;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_CLIENT_QUOTAS;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_CLUSTER;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_LOG_DIRS;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_USER_SCRAM_CREDENTIALS;
import static io.millrace.protocol.message.ApiKey.ELECT_LEADERS;
import static io.millrace.protocol.message.ApiKey.GET_TELEMETRY_SUBSCRIPTIONS;
import static io.millrace.protocol.message.ApiKey.LIST_PARTITION_REASSIGNMENTS;
import static io.millrace.protocol.message.ApiKey.PUSH_TELEMETRY;
import static io.millrace.protocol.message.ApiKey.SASL_AUTHENTICATE;
import static io.millrace.protocol.message.ApiKey.SASL_HANDSHAKE;
import static io.millrace.protocol.message.ApiKey.UNREGISTER_BROKER;
import static io.millrace.protocol.message.ApiKey.UPDATE_FEATURES;

import io.millrace.protocol.message.AlterClientQuotasRequest;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest;
import io.millrace.protocol.message.AlterUserScramCredentialsRequest;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.CreateAclsRequest;
import io.millrace.protocol.message.DeleteAclsRequest;
import io.millrace.protocol.message.DescribeAclsRequest;
import io.millrace.protocol.message.DescribeClientQuotasRequest;
import io.millrace.protocol.message.DescribeClusterRequest;
import io.millrace.protocol.message.DescribeLogDirsRequest;
import io.millrace.protocol.message.DescribeUserScramCredentialsRequest;
import io.millrace.protocol.message.ElectLeadersRequest;
import io.millrace.protocol.message.GetTelemetrySubscriptionsRequest;
import io.millrace.protocol.message.ListPartitionReassignmentsRequest;
import io.millrace.protocol.message.PushTelemetryRequest;
import io.millrace.protocol.message.SaslAuthenticateRequest;
import io.millrace.protocol.message.SaslHandshakeRequest;
import io.millrace.protocol.message.UnregisterBrokerRequest;
import io.millrace.protocol.message.UpdateFeaturesRequest;
import java.util.List;
import java.util.UUID;

/** What operators and their tools ask: cluster, log directories, security, features, telemetry. */
final class AdminSteps {
    private AdminSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(2, s -> s.ask(cluster(s)), DESCRIBE_CLUSTER),
                Step.of(3, AdminSteps::logDirs, DESCRIBE_LOG_DIRS),
                Step.of(2, AdminSteps::moveLogs, ALTER_REPLICA_LOG_DIRS),
                Step.of(2, AdminSteps::elect, ELECT_LEADERS),
                Step.of(1, AdminSteps::reassign, ALTER_PARTITION_REASSIGNMENTS),
                Step.of(1, AdminSteps::reassignments, LIST_PARTITION_REASSIGNMENTS),
                Step.of(2, AdminSteps::acls, DESCRIBE_ACLS, CREATE_ACLS, DELETE_ACLS),
                Step.of(2, AdminSteps::quotas, DESCRIBE_CLIENT_QUOTAS, ALTER_CLIENT_QUOTAS),
                Step.of(
                        2,
                        AdminSteps::credentials,
                        DESCRIBE_USER_SCRAM_CREDENTIALS,
                        ALTER_USER_SCRAM_CREDENTIALS),
                Step.of(2, AdminSteps::features, UPDATE_FEATURES),
                Step.of(1, AdminSteps::unregister, UNREGISTER_BROKER),
                Step.of(1, AdminSteps::versions, API_VERSIONS),
                Step.of(1, AdminSteps::handshake, SASL_HANDSHAKE),
                Step.of(1, AdminSteps::authenticate, SASL_AUTHENTICATE),
                Step.of(1, AdminSteps::telemetry, GET_TELEMETRY_SUBSCRIPTIONS, PUSH_TELEMETRY));
    }

    private static DescribeClusterRequest cluster(Sequence s) {
        return new DescribeClusterRequest()
                .includeClusterAuthorizedOperations(s.chance(50))
                .endpointType(s.chance(92) ? (byte) 1 : s.oneOf((byte) 2, (byte) 0))
                .includeFencedBrokers(s.chance(30));
    }

    private static void logDirs(Sequence s) {
        Topic topic = TopicSteps.any(s);
        List<DescribeLogDirsRequest.DescribableLogDirTopic> topics =
                List.of(
                        new DescribeLogDirsRequest.DescribableLogDirTopic()
                                .topic(s.chance(92) ? topic.name : s.name("none"))
                                .partitions(List.of(TopicSteps.anyPartition(s, topic))));
        s.ask(new DescribeLogDirsRequest().topics(s.chance(15) ? null : topics));
    }

    private static void moveLogs(Sequence s) {
        Topic topic = TopicSteps.any(s);
        s.ask(
                new AlterReplicaLogDirsRequest()
                        .dirs(
                                List.of(
                                        new AlterReplicaLogDirsRequest.AlterReplicaLogDir()
                                                .path(s.oneOf("/nowhere", "relative", ""))
                                                .topics(
                                                        List.of(
                                                                new AlterReplicaLogDirsRequest
                                                                                .AlterReplicaLogDirTopic()
                                                                        .name(topic.name)
                                                                        .partitions(
                                                                                List.of(0)))))));
    }

    private static void elect(Sequence s) {
        Topic topic = TopicSteps.any(s);
        s.ask(
                new ElectLeadersRequest()
                        .electionType(s.oneOf((byte) 0, (byte) 0, (byte) 1))
                        .timeoutMs(5_000)
                        .topicPartitions(
                                List.of(
                                        new ElectLeadersRequest.TopicPartitions()
                                                .topic(s.chance(85) ? topic.name : s.name("none"))
                                                .partitions(
                                                        List.of(
                                                                TopicSteps.anyPartition(
                                                                        s, topic))))));
    }

    private static void reassign(Sequence s) {
        Topic topic = TopicSteps.any(s);
        var partition =
                new AlterPartitionReassignmentsRequest.ReassignablePartition()
                        .partitionIndex(TopicSteps.anyPartition(s, topic))
                        .replicas(s.oneOf(null, List.of(1), List.of(99), List.of()));
        s.ask(
                new AlterPartitionReassignmentsRequest()
                        .timeoutMs(5_000)
                        .topics(
                                List.of(
                                        new AlterPartitionReassignmentsRequest.ReassignableTopic()
                                                .name(s.chance(85) ? topic.name : s.name("none"))
                                                .partitions(List.of(partition)))));
    }

    private static void reassignments(Sequence s) {
        Topic topic = TopicSteps.any(s);
        s.ask(
                new ListPartitionReassignmentsRequest()
                        .timeoutMs(5_000)
                        .topics(
                                s.chance(30)
                                        ? null
                                        : List.of(
                                                new ListPartitionReassignmentsRequest
                                                                .ListPartitionReassignmentsTopics()
                                                        .name(topic.name)
                                                        .partitionIndexes(List.of(0)))));
    }

    private static void acls(Sequence s) {
        switch (s.random.nextInt(3)) {
            case 0 ->
                    s.ask(
                            new DescribeAclsRequest()
                                    .resourceTypeFilter(s.oneOf((byte) 1, (byte) 2))
                                    .patternTypeFilter(s.oneOf((byte) 1, (byte) 3))
                                    .operation((byte) 1)
                                    .permissionType((byte) 1));
            case 1 ->
                    s.ask(
                            new CreateAclsRequest()
                                    .creations(
                                            List.of(
                                                    new CreateAclsRequest.AclCreation()
                                                            .resourceType((byte) 2)
                                                            .resourceName(s.name("topic"))
                                                            .principal("User:somebody")
                                                            .host("*")
                                                            .operation((byte) 3)
                                                            .permissionType((byte) 3))));
            default ->
                    s.ask(
                            new DeleteAclsRequest()
                                    .filters(
                                            List.of(
                                                    new DeleteAclsRequest.DeleteAclsFilter()
                                                            .resourceTypeFilter((byte) 2)
                                                            .resourceNameFilter(s.name("topic"))
                                                            .operation((byte) 1)
                                                            .permissionType((byte) 1))));
        }
    }

    private static void quotas(Sequence s) {
        String user = s.remembered("user", () -> s.name("user"));
        if (s.chance(60)) {
            s.ask(
                    new AlterClientQuotasRequest()
                            .validateOnly(s.chance(30))
                            .entries(
                                    List.of(
                                            new AlterClientQuotasRequest.EntryData()
                                                    .entity(
                                                            List.of(
                                                                    new AlterClientQuotasRequest
                                                                                    .EntityData()
                                                                            .entityType(
                                                                                    s.oneOf(
                                                                                            "user",
                                                                                            "user",
                                                                                            "nonsense"))
                                                                            .entityName(user)))
                                                    .ops(
                                                            List.of(
                                                                    new AlterClientQuotasRequest
                                                                                    .OpData()
                                                                            .key(
                                                                                    s.oneOf(
                                                                                            "producer_byte_rate",
                                                                                            "consumer_byte_rate",
                                                                                            "nonsense"))
                                                                            .value(
                                                                                    s.oneOf(
                                                                                            1e9,
                                                                                            -1.0,
                                                                                            2e9))
                                                                            .remove(
                                                                                    s.chance(
                                                                                            20)))))));
        }
        DescribeClientQuotasRequest describe =
                new DescribeClientQuotasRequest()
                        .strict(s.chance(50))
                        .components(
                                List.of(
                                        new DescribeClientQuotasRequest.ComponentData()
                                                .entityType(s.oneOf("user", "user", "nonsense"))
                                                .matchType((byte) 0)
                                                .match(user)));
        s.askUntilSettled(describe, s.version(DESCRIBE_CLIENT_QUOTAS));
    }

    private static void credentials(Sequence s) {
        String user = s.remembered("scram user", () -> s.name("user"));
        if (s.chance(60)) {
            AlterUserScramCredentialsRequest request = new AlterUserScramCredentialsRequest();
            if (s.chance(60)) {
                request.upsertions(
                        List.of(
                                new AlterUserScramCredentialsRequest.ScramCredentialUpsertion()
                                        .name(s.chance(90) ? user : "")
                                        .mechanism(s.oneOf((byte) 1, (byte) 2, (byte) 0))
                                        .iterations(s.oneOf(4096, 8192, 1, 1_000_000))
                                        .salt(new byte[] {1, 2, 3})
                                        .saltedPassword(new byte[32])));
            } else {
                request.deletions(
                        List.of(
                                new AlterUserScramCredentialsRequest.ScramCredentialDeletion()
                                        .name(s.chance(80) ? user : s.name("user"))
                                        .mechanism(s.oneOf((byte) 1, (byte) 2))));
            }
            s.ask(request);
        }
        s.askUntilSettled(
                new DescribeUserScramCredentialsRequest()
                        .users(
                                List.of(
                                        new DescribeUserScramCredentialsRequest.UserName()
                                                .name(user))),
                s.version(DESCRIBE_USER_SCRAM_CREDENTIALS));
    }

    private static void features(Sequence s) {
        // Nothing that would be changed: others use the same brokers.
        s.ask(
                new UpdateFeaturesRequest()
                        .timeoutMs(5_000)
                        .validateOnly(true)
                        .featureUpdates(
                                List.of(
                                        new UpdateFeaturesRequest.FeatureUpdateKey()
                                                .feature(s.oneOf("no.such.feature", ""))
                                                .maxVersionLevel(s.oneOf((short) 1, (short) -1))
                                                .upgradeType(
                                                        s.oneOf((byte) 1, (byte) 2, (byte) 0)))));
    }

    private static void unregister(Sequence s) {
        s.ask(new UnregisterBrokerRequest().brokerId(s.oneOf(99, -1)));
    }

    private static void versions(Sequence s) {
        s.ask(
                new ApiVersionsRequest()
                        .clientSoftwareName(s.chance(85) ? "differential" : s.oneOf("", "a b"))
                        .clientSoftwareVersion("1"));
    }

    private static void handshake(Sequence s) {
        s.ask(new SaslHandshakeRequest().mechanism(s.oneOf("PLAIN", "SCRAM-SHA-256", "")));
    }

    private static void authenticate(Sequence s) {
        s.ask(new SaslAuthenticateRequest().authBytes(Batches.text("\0user\0password")));
    }

    private static void telemetry(Sequence s) {
        UUID instance = s.remembered("instance", () -> new UUID[] {new UUID(0, 0)})[0];
        if (instance.equals(new UUID(0, 0)) || s.chance(30)) {
            var response =
                    s.ask(
                            new GetTelemetrySubscriptionsRequest()
                                    .clientInstanceId(
                                            s.chance(80) ? instance : new UUID(7, s.number)));
            s.remembered("instance", () -> new UUID[1])[0] = response.clientInstanceId();
            s.remembered("subscription", () -> new int[1])[0] = response.subscriptionId();
            return;
        }
        s.ask(
                new PushTelemetryRequest()
                        .clientInstanceId(instance)
                        .subscriptionId(s.remembered("subscription", () -> new int[1])[0])
                        .terminating(s.chance(20))
                        .compressionType(s.oneOf((byte) 0, (byte) 0, (byte) 7))
                        .metrics(s.oneOf(new byte[0], new byte[] {1, 2, 3})));
    }
}
