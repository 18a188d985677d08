package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.millrace.protocol.message.AlterPartitionReassignmentsResponse;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest.AlterReplicaLogDir;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic;
import io.millrace.protocol.message.AlterReplicaLogDirsResponse;
import io.millrace.protocol.message.ElectLeadersRequest;
import io.millrace.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.millrace.protocol.message.ElectLeadersResponse;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a cluster of one broker answers to those who want to move leaders and replicas. */
@Timeout(60)
final class ReplicaApisTest {
    @TempDir static Path dir;
    private static RunningBroker broker;
    private static Admin admin;

    @BeforeAll
    static void start() throws Exception {
        broker = new RunningBroker(dir);
        admin = broker.admin();
        admin.createTopics(List.of(new NewTopic("orders", 2, (short) 1))).all().get();
    }

    @AfterAll
    static void stop() {
        admin.close();
        broker.close();
    }

    private static List<ErrorCode> elect(int version, byte type, String topic, Integer... indexes)
            throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            ElectLeadersRequest request =
                    new ElectLeadersRequest()
                            .topicPartitions(
                                    List.of(
                                            new TopicPartitions()
                                                    .topic(topic)
                                                    .partitions(List.of(indexes))));
            if (version > 0) {
                request.electionType(type);
            }
            return wire
                    .ask(version, request, ElectLeadersResponse::read)
                    .replicaElectionResults()
                    .get(0)
                    .partitionResult()
                    .stream()
                    .map(result -> ErrorCode.forCode(result.errorCode()))
                    .toList();
        }
    }

    @Test
    void everyLedPartitionHasTheLeaderItShouldHave() throws Exception {
        for (int version = 0; version <= 2; version++) {
            assertThat(elect(version, (byte) 0, "orders", 0, 1, 7))
                    .containsExactly(
                            ErrorCode.ELECTION_NOT_NEEDED,
                            ErrorCode.ELECTION_NOT_NEEDED,
                            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        assertThat(elect(2, (byte) 1, "orders", 0)).containsExactly(ErrorCode.ELECTION_NOT_NEEDED);
        assertThat(elect(2, (byte) 0, "nothing", 0))
                .containsExactly(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(elect(2, (byte) 9, "orders", 0)).containsExactly(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void anElectionOfEverythingListsOnlyWhatCouldNotBeDone() throws Exception {
        assertThat(
                        admin.electLeaders(org.apache.kafka.common.ElectionType.PREFERRED, null)
                                .partitions()
                                .get())
                .isEmpty();
    }

    private static ErrorCode reassign(int index, List<Integer> replicas) throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            AlterPartitionReassignmentsRequest request =
                    new AlterPartitionReassignmentsRequest()
                            .topics(
                                    List.of(
                                            new ReassignableTopic()
                                                    .name("orders")
                                                    .partitions(
                                                            List.of(
                                                                    new ReassignablePartition()
                                                                            .partitionIndex(index)
                                                                            .replicas(replicas)))));
            return ErrorCode.forCode(
                    wire.ask(1, request, AlterPartitionReassignmentsResponse::read)
                            .responses()
                            .get(0)
                            .partitions()
                            .get(0)
                            .errorCode());
        }
    }

    @Test
    void replicasCanOnlyGoWhereTheyAre() throws Exception {
        assertThat(reassign(0, List.of(0))).isEqualTo(ErrorCode.NONE);
        assertThat(reassign(0, List.of(7))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(reassign(0, List.of(0, 0))).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(reassign(0, List.of())).isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertThat(reassign(0, null)).isEqualTo(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
        assertThat(reassign(9, List.of(0))).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(admin.listPartitionReassignments().reassignments().get()).isEmpty();
    }

    private static ErrorCode move(String path, String topic, int index) throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            AlterReplicaLogDirsRequest request =
                    new AlterReplicaLogDirsRequest()
                            .dirs(
                                    List.of(
                                            new AlterReplicaLogDir()
                                                    .path(path)
                                                    .topics(
                                                            List.of(
                                                                    new AlterReplicaLogDirTopic()
                                                                            .name(topic)
                                                                            .partitions(
                                                                                    List.of(
                                                                                            index))))));
            return ErrorCode.forCode(
                    wire.ask(2, request, AlterReplicaLogDirsResponse::read)
                            .results()
                            .get(0)
                            .partitions()
                            .get(0)
                            .errorCode());
        }
    }

    @Test
    void logsStayInTheirDirectory() throws Exception {
        String here =
                admin.describeLogDirs(List.of(0))
                        .allDescriptions()
                        .get()
                        .get(0)
                        .keySet()
                        .iterator()
                        .next();
        assertThat(move(here, "orders", 0)).isEqualTo(ErrorCode.NONE);
        assertThat(move(here, "orders", 9)).isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(move("/nowhere\0", "orders", 0)).isEqualTo(ErrorCode.LOG_DIR_NOT_FOUND);
        assertThat(move("", "", -1)).isEqualTo(ErrorCode.LOG_DIR_NOT_FOUND);
    }

    @Test
    void onlyABrokerThatIsGoneIsForgotten() {
        assertThatThrownBy(() -> admin.unregisterBroker(7).all().get())
                .hasCauseInstanceOf(BrokerIdNotRegisteredException.class);
        assertThatThrownBy(() -> admin.unregisterBroker(0).all().get())
                .hasCauseInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("stop it first");
    }
}
