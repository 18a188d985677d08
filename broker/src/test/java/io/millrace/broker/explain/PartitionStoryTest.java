package io.millrace.broker.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataDelta;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.BrokerChange;
import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.TopicCreated;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PartitionStoryTest {
    private static final UUID TOPIC = new UUID(1, 1);
    private static final Entity ORDERS = new Entity(Entity.Kind.PARTITION, "orders-0");

    private final ManualEventLoop loop = new ManualEventLoop("events", new ManualClock(0));
    private final Timelines timelines = new Timelines(loop);
    private final PartitionStory story = new PartitionStory(timelines);
    private MetadataImage image = MetadataImage.EMPTY;

    @BeforeEach
    void threeBrokersHoldAPartition() {
        apply(broker(1), broker(2), broker(3), new TopicCreated(TOPIC, "orders"));
        apply(
                new PartitionRecord(
                        TOPIC, 0, List.of(1, 2, 3), List.of(1, 2, 3), List.of(), 1, 0, 0));
    }

    @Test
    void anElectionNamesTheBrokerWhoseEndCausedIt() {
        apply(new BrokerChange(1, 1, true, false), change(1, List.of(2, 3), null, 2));
        assertThat(texts().get(1))
                .startsWith("broker 2 leads under epoch 1, because of broker 1: it was fenced")
                .contains("in sync [1, 2, 3] -> [2, 3] (1 left: it was fenced");
    }

    @Test
    void aFollowerThatFellBehindIsTold() {
        apply(change(1, List.of(1, 3), null, null));
        assertThat(texts().get(1))
                .isEqualTo(
                        "in sync [1, 2, 3] -> [1, 3] (2 left: it fell behind"
                                + " (replica.lag.time.max.ms))");
    }

    @Test
    void anUncleanElectionSaysWhatItMayCost() {
        apply(change(1, List.of(2), List.of(), 2));
        apply(change(2, List.of(3), List.of(), 3));
        assertThat(texts().get(2)).contains("acknowledged records may be lost");
    }

    @Test
    void onlyTheLastEventsAreKept() {
        for (int i = 1; i <= Timelines.EVENTS + 5; i++) {
            apply(change(i, i % 2 == 0 ? List.of(1, 2, 3) : List.of(1, 2), null, null));
        }
        assertThat(texts()).hasSize(Timelines.EVENTS).noneMatch(text -> text.contains("created"));
    }

    private List<String> texts() {
        var events = timelines.of(ORDERS);
        loop.runAll();
        return events.join().stream().map(event -> event.text().get()).toList();
    }

    private void apply(MetadataRecord... records) {
        ImageEditor editor = new ImageEditor(image);
        for (MetadataRecord record : records) {
            editor.apply(record);
        }
        MetadataDelta delta = editor.finish(new LogPosition(1, image.offset() + records.length, 0));
        image = delta.after();
        story.onDelta(delta, 0);
        loop.runAll();
    }

    private static PartitionChange change(
            int partitionEpoch, List<Integer> isr, List<Integer> elr, Integer leader) {
        return new PartitionChange(TOPIC, 0, partitionEpoch, null, isr, elr, leader, false);
    }

    private static BrokerRegistration broker(int id) {
        UUID directory = new UUID(2, id);
        return new BrokerRegistration(
                id,
                id,
                new UUID(3, id),
                directory,
                List.of(),
                null,
                false,
                false,
                List.of(directory),
                new TreeMap<>());
    }
}
