package io.millrace.broker.group.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.group.streams.StreamsTopology.Copartition;
import io.millrace.broker.group.streams.StreamsTopology.InternalTopic;
import io.millrace.broker.group.streams.StreamsTopology.Subtopology;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.TopicCreated;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class TopologyPlanTest {
    private final List<MetadataRecord> records = new ArrayList<>();
    private final List<Subtopology> parts = new ArrayList<>();

    private TopologyPlanTest topic(String name, int partitions) {
        UUID id = new UUID(7, records.size() + 1);
        records.add(new TopicCreated(id, name));
        for (int p = 0; p < partitions; p++) {
            records.add(new PartitionRecord(id, p, List.of(1), List.of(1), List.of(), 1, 0, 0));
        }
        return this;
    }

    private static InternalTopic internal(String name) {
        return new InternalTopic(name, 0, (short) 0, Map.of());
    }

    private TopologyPlanTest reads(String id, String... topics) {
        parts.add(part(id, List.of(topics), List.of(), List.of()));
        return this;
    }

    private static Subtopology part(
            String id, List<String> topics, List<String> regexes, List<Copartition> copartitions) {
        return new Subtopology(id, topics, regexes, List.of(), List.of(), List.of(), copartitions);
    }

    private TopologyPlan plan() {
        ImageEditor editor = new ImageEditor(MetadataImage.EMPTY);
        records.forEach(editor::apply);
        MetadataImage image = editor.finish(new LogPosition(1, records.size(), 0)).after();
        return TopologyPlan.of(new StreamsTopology(1, parts), image);
    }

    private byte problem() {
        TopologyPlan plan = plan();
        assertThat(plan.problems()).hasSize(1);
        assertThat(plan.tasks()).as("no tasks while there is a problem").isEmpty();
        return plan.problems().get(0).code();
    }

    @Test
    void asManyTasksAsTheLargestSourceHasPartitions() {
        topic("orders", 3).topic("bills", 2).reads("0", "orders", "bills");
        assertThat(plan().taskCounts()).containsExactly(Map.entry("0", 3));
        assertThat(plan().tasks()).hasSize(3);
    }

    @Test
    void aSourceThatIsNotThereIsMissing() {
        topic("orders", 3).reads("0", "orders", "bills");
        assertThat(problem()).isEqualTo(TopologyPlan.MISSING_SOURCE_TOPICS);
    }

    @Test
    void anExpressionReadsWhatItMatchesAsAWhole() {
        topic("orders-eu", 3).topic("orders-us", 4).topic("old-orders-us", 9);
        parts.add(part("0", List.of(), List.of("orders-.*"), List.of()));
        assertThat(plan().sources().get("0")).containsExactly("orders-eu", "orders-us");
        assertThat(plan().taskCounts()).containsExactly(Map.entry("0", 4));
    }

    @Test
    void anExpressionThatIsNoneFindsNothing() {
        topic("orders", 3);
        parts.add(part("0", List.of(), List.of("orders("), List.of()));
        assertThat(problem()).isEqualTo(TopologyPlan.MISSING_SOURCE_TOPICS);
    }

    @Test
    void joinedSourcesMustHaveAsManyPartitionsAsEachOther() {
        topic("orders", 3).topic("bills", 2);
        Copartition joined = new Copartition(List.of((short) 0, (short) 1), List.of(), List.of());
        parts.add(part("0", List.of("orders", "bills"), List.of(), List.of(joined)));
        assertThat(problem()).isEqualTo(TopologyPlan.INCORRECTLY_PARTITIONED_TOPICS);
    }

    @Test
    void aRepartitionTopicGetsAsManyPartitionsAsItsWriterHasTasks() {
        topic("orders", 3);
        parts.add(
                new Subtopology(
                        "0",
                        List.of("orders"),
                        List.of(),
                        List.of(),
                        List.of("by-customer"),
                        List.of(),
                        List.of()));
        parts.add(
                new Subtopology(
                        "1",
                        List.of(),
                        List.of(),
                        List.of(internal("totals")),
                        List.of(),
                        List.of(internal("by-customer")),
                        List.of()));
        assertThat(problem()).isEqualTo(TopologyPlan.MISSING_INTERNAL_TOPICS);
        assertThat(plan().missing())
                .extracting(InternalTopic::name, InternalTopic::partitions)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("by-customer", 3),
                        org.assertj.core.groups.Tuple.tuple("totals", 3));
        topic("by-customer", 3).topic("totals", 3);
        assertThat(plan().problems()).isEmpty();
        assertThat(plan().taskCounts()).containsOnly(Map.entry("0", 3), Map.entry("1", 3));
        assertThat(plan().stateful()).containsExactly("1");
    }
}
