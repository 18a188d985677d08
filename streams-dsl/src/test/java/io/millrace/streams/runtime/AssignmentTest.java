package io.millrace.streams.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.clients.consumer.PartitionAssignor.Subscription;
import io.millrace.streams.KeyValue;
import io.millrace.streams.StreamsBuilder;
import io.millrace.streams.errors.TopologyException;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.Repartitioned;
import io.millrace.streams.processor.TaskId;
import io.millrace.streams.serialization.Serdes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AssignmentTest {
    private static PartitionPlan plan(StreamsBuilder builder, Map<String, Integer> cluster) {
        return PartitionPlan.of(
                builder.build().graph(),
                "app",
                topic ->
                        cluster.containsKey(topic)
                                ? OptionalInt.of(cluster.get(topic))
                                : OptionalInt.empty());
    }

    private static Subscription member(String tasks) {
        return new Subscription(
                List.of(),
                ("process;" + tasks).getBytes(StandardCharsets.UTF_8),
                List.of(),
                1,
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void joinedTopicsWithDifferentPartitionCountsAreRefused() {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> left = builder.stream("left");
        left.join(builder.<String, String>table("right"), (a, b) -> a + b).to("out");
        assertThatThrownBy(() -> plan(builder, Map.of("left", 3, "right", 4)))
                .isInstanceOf(TopologyException.class)
                .hasMessageContaining("left=3, right=4");
    }

    @Test
    void aRepartitionTopicAdoptsTheCountOfWhatItIsJoinedWith() {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> left = builder.stream("left");
        left.map(KeyValue::pair)
                .join(builder.<String, String>table("right"), (a, b) -> a + b)
                .to("out");
        PartitionPlan plan = plan(builder, Map.of("left", 3, "right", 5));
        assertThat(plan.counts()).containsEntry("app-KSTREAM-MAP-0000000001-repartition", 5);
        assertThat(plan.tasks()).containsEntry(0, 3).containsEntry(1, 5);
    }

    @Test
    void aRepartitionTopicTakesTheCountOfItsWritersOrTheOneItWasGiven() {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> in = builder.stream("in");
        in.repartition(Repartitioned.<String, String>as("same"))
                .repartition(
                        Repartitioned.<String, String>as("seven")
                                .withNumberOfPartitions(7)
                                .withKeySerde(Serdes.String()))
                .to("out");
        PartitionPlan plan = plan(builder, Map.of("in", 2));
        assertThat(plan.counts())
                .containsEntry("app-same-repartition", 2)
                .containsEntry("app-seven-repartition", 7);
    }

    @Test
    void tasksOfATopicThatDoesNotExistYetWait() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream("there").to("out");
        builder.stream("missing").to("out");
        PartitionPlan plan = plan(builder, Map.of("there", 2));
        assertThat(plan.missing()).containsExactly("missing");
        assertThat(plan.allTasks()).containsExactly(new TaskId(0, 0), new TaskId(0, 1));
    }

    @Test
    void tasksStayWhereTheyAreUnlessSomebodyHasMoreThanItsShare() {
        List<TaskId> tasks =
                List.of(new TaskId(0, 0), new TaskId(0, 1), new TaskId(1, 0), new TaskId(1, 1));
        Map<String, Set<TaskId>> shares =
                StreamsAssignor.share(
                        tasks, Map.of("a", member("0_0,1_1,0_1,"), "b", member("1_0,")));
        assertThat(shares.get("a")).containsExactly(new TaskId(0, 0), new TaskId(1, 1));
        assertThat(shares.get("b")).containsExactlyInAnyOrder(new TaskId(1, 0), new TaskId(0, 1));
    }

    @Test
    void aNewMemberGetsItsShareAndMoreMembersThanTasksLeaveSomeIdle() {
        List<TaskId> tasks = List.of(new TaskId(0, 0), new TaskId(0, 1), new TaskId(0, 2));
        Map<String, Set<TaskId>> shares =
                StreamsAssignor.share(tasks, Map.of("a", member("0_0,0_1,0_2,"), "b", member("")));
        assertThat(shares.get("a")).hasSize(2);
        assertThat(shares.get("b")).hasSize(1);
        shares =
                StreamsAssignor.share(
                        List.of(new TaskId(0, 0)),
                        Map.of("a", member("0_0,"), "b", member(""), "c", member("")));
        assertThat(shares.get("a")).containsExactly(new TaskId(0, 0));
        assertThat(shares.get("b")).isEmpty();
    }
}
