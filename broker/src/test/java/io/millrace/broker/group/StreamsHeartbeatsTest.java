package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest.CopartitionGroup;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest.Subtopology;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest.Topology;
import io.millrace.protocol.message.StreamsGroupHeartbeatResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Members of a streams group whose sources are regular expressions. */
final class StreamsHeartbeatsTest {
    private static final String UNCLOSED = "orders-(eu|us";

    private final GroupHarness groups = new GroupHarness();

    private static StreamsGroupHeartbeatRequest joining(String group, String... regexes) {
        Subtopology part = new Subtopology().subtopologyId("0").sourceTopicRegex(List.of(regexes));
        return new StreamsGroupHeartbeatRequest()
                .groupId(group)
                .memberId("member")
                .processId("process")
                .rebalanceTimeoutMs(60_000)
                .topology(new Topology().epoch(1).subtopologies(List.of(part)))
                .activeTasks(List.of())
                .standbyTasks(List.of())
                .warmupTasks(List.of());
    }

    private CompletableFuture<StreamsGroupHeartbeatResponse> send(
            StreamsGroupHeartbeatRequest request) {
        CompletableFuture<StreamsGroupHeartbeatResponse> answer =
                groups.coordinator.streamsHeartbeat(
                        request, new Caller("app", "/127.0.0.1", (short) 0));
        groups.loop.runAll();
        return answer;
    }

    private StreamsGroupHeartbeatResponse ask(StreamsGroupHeartbeatRequest request) {
        return groups.get(send(request));
    }

    @Test
    @Tag("wire-43")
    void aTopologyWhoseExpressionIsNoneIsRefusedAndLeavesNothing() {
        groups.topics.create("orders-eu", 2);
        StreamsGroupHeartbeatResponse answer = ask(joining("reports", UNCLOSED));
        assertThat(ErrorCode.forCode(answer.errorCode()))
                .isEqualTo(ErrorCode.STREAMS_INVALID_TOPOLOGY);
        assertThat(answer.errorMessage()).contains(UNCLOSED);
        assertThat(groups.log.batchCount()).as("nothing is recorded").isZero();
        assertThat(ask(joining("reports", "orders-(eu|us)")).memberEpoch()).isPositive();
    }

    @Test
    void anExpressionThatIsTooLargeToCompileIsRefused() {
        StreamsGroupHeartbeatResponse answer = ask(joining("reports", "((a{1000}){1000}){1000}"));
        assertThat(ErrorCode.forCode(answer.errorCode()))
                .isEqualTo(ErrorCode.STREAMS_INVALID_TOPOLOGY);
    }

    @Test
    void anExpressionGivesOutTheTasksOfTheTopicsItFinds() {
        groups.topics.create("orders-eu", 2);
        groups.topics.create("orders-us", 3);
        groups.topics.create("bills", 9);
        StreamsGroupHeartbeatRequest request = joining("reports", "orders-(eu|us)");
        StreamsGroupHeartbeatResponse answer = ask(request);
        assertThat(answer.errorCode()).isZero();
        assertThat(answer.activeTasks())
                .singleElement()
                .satisfies(tasks -> assertThat(tasks.partitions()).containsExactly(0, 1, 2));
    }

    @Test
    void anExpressionThatFindsNoTopicIsAMissingSource() {
        StreamsGroupHeartbeatResponse answer = ask(joining("reports", "orders-.*"));
        assertThat(answer.errorCode()).isZero();
        assertThat(answer.status())
                .singleElement()
                .satisfies(status -> assertThat(status.statusDetail()).contains("orders-.*"));
    }

    @Test
    void aCopartitionGroupThatNamesNoSourceIsRefused() {
        StreamsGroupHeartbeatRequest request = joining("reports", "orders-.*");
        Topology topology = request.topology();
        topology.subtopologies()
                .get(0)
                .copartitionGroups(
                        List.of(new CopartitionGroup().sourceTopicRegex(List.of((short) 1))));
        assertThat(ErrorCode.forCode(ask(request).errorCode()))
                .isEqualTo(ErrorCode.STREAMS_INVALID_TOPOLOGY);
    }
}
