package io.millrace.clients.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.config.ConfigException;
import io.millrace.clients.ClientException;
import io.millrace.clients.SharedBroker;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.NewTopic;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Groups of KIP-848 against a real coordinator. */
class ConsumerProtocolGroupsTest {
    private final String topic = SharedBroker.fresh("kip848");
    private final String group = SharedBroker.fresh("group");

    @Test
    void membersShareThePartitionsAndTakeOverFromThoseThatLeave() throws Exception {
        create(topic, 4);
        Log firstLog = new Log();
        try (Consumer<String, String> first = member()) {
            first.subscribe(List.of(topic), firstLog);
            poll(() -> first.assignment().equals(partitions(4)), first);
            Consumer<String, String> second = member();
            second.subscribe(List.of(topic));
            poll(() -> sizes(first, second).equals(List.of(2, 2)), first, second);
            Set<TopicPartition> both = new TreeSet<>(first.assignment());
            both.addAll(second.assignment());
            assertThat(both).isEqualTo(partitions(4));
            assertThat(first.groupMetadata().generationId()).isPositive();
            assertThat(first.groupMetadata().memberId()).isNotEmpty();
            second.close();
            poll(() -> first.assignment().equals(partitions(4)), first);
        }
        // Only what moves stops.
        assertThat(firstLog.events)
                .filteredOn(event -> !event.equals("assigned 0"))
                .containsExactly("assigned 4", "revoked 2", "assigned 2", "revoked 4");
    }

    @Test
    void recordsAreReadOnFromTheCommittedOffset() throws Exception {
        create(topic, 1);
        send(topic, 0, 20);
        try (Consumer<String, String> consumer = member("enable.auto.commit", "false")) {
            consumer.subscribe(List.of(topic));
            assertThat(read(consumer, 20)).hasSize(20);
            consumer.commitSync();
        }
        send(topic, 20, 25);
        try (Consumer<String, String> consumer = member()) {
            consumer.subscribe(List.of(topic));
            assertThat(read(consumer, 5)).containsExactly("v20", "v21", "v22", "v23", "v24");
        }
        // Closing committed by itself.
        try (Consumer<String, String> consumer = member()) {
            assertThat(consumer.committed(partitions(1)).get(new TopicPartition(topic, 0)).offset())
                    .isEqualTo(25);
        }
    }

    @Test
    void commitsGoOnWhileTheEpochMoves() throws Exception {
        create(topic, 2);
        try (Consumer<String, String> first = member("enable.auto.commit", "false")) {
            first.subscribe(List.of(topic));
            poll(() -> first.assignment().size() == 2, first);
            int epoch = first.groupMetadata().generationId();
            try (Consumer<String, String> second = member()) {
                second.subscribe(List.of(topic));
                poll(() -> second.assignment().size() == 1, first, second);
                assertThat(first.groupMetadata().generationId()).isGreaterThan(epoch);
                TopicPartition own = first.assignment().iterator().next();
                first.commitSync(java.util.Map.of(own, new OffsetAndMetadata(3)));
                assertThat(first.committed(Set.of(own)))
                        .containsEntry(own, new OffsetAndMetadata(3));
            }
        }
    }

    @Test
    void aStaticMemberComesBackToItsPartitions() throws Exception {
        create(topic, 4);
        try (Consumer<String, String> other = member()) {
            other.subscribe(List.of(topic));
            Consumer<String, String> before = member("group.instance.id", "one");
            before.subscribe(List.of(topic));
            poll(() -> sizes(other, before).equals(List.of(2, 2)), other, before);
            Set<TopicPartition> held = before.assignment();
            before.close();
            try (Consumer<String, String> after = member("group.instance.id", "one")) {
                after.subscribe(List.of(topic));
                poll(() -> after.assignment().size() == 2, other, after);
                assertThat(after.assignment()).isEqualTo(held);
                assertThat(other.assignment()).hasSize(2);
            }
        }
    }

    @Test
    void thePatternIsMatchedByTheCoordinatorAlsoWithTopicsCreatedLater() throws Exception {
        create(topic + "-a", 1);
        create("not-" + topic, 1);
        try (Consumer<String, String> consumer = member("metadata.max.age.ms", "500")) {
            consumer.subscribe(new SubscriptionPattern(topic + "-.*"));
            poll(() -> consumer.assignment().size() == 1, consumer);
            create(topic + "-b", 2);
            poll(() -> consumer.assignment().size() == 3, consumer);
            assertThat(consumer.assignment())
                    .containsExactlyInAnyOrder(
                            new TopicPartition(topic + "-a", 0),
                            new TopicPartition(topic + "-b", 0),
                            new TopicPartition(topic + "-b", 1));
            consumer.subscribe(List.of("not-" + topic));
            poll(
                    () ->
                            consumer.assignment()
                                    .equals(Set.of(new TopicPartition("not-" + topic, 0))),
                    consumer);
        }
    }

    @Test
    void aMemberThatDoesNotPollLosesItsPartitionsAndComesBack() throws Exception {
        create(topic, 2);
        Log log = new Log();
        try (Consumer<String, String> lazy = member("max.poll.interval.ms", "1500");
                Consumer<String, String> other = member()) {
            lazy.subscribe(List.of(topic), log);
            poll(() -> lazy.assignment().size() == 2, lazy);
            other.subscribe(List.of(topic));
            poll(() -> other.assignment().size() == 2, other);
            poll(() -> lazy.assignment().size() == 1, lazy, other);
            assertThat(log.events).contains("lost 2");
        }
    }

    @Test
    void unsubscribingLeavesTheGroupAndSubscribingJoinsAgain() throws Exception {
        create(topic, 2);
        Log log = new Log();
        try (Consumer<String, String> first = member();
                Consumer<String, String> second = member()) {
            first.subscribe(List.of(topic), log);
            second.subscribe(List.of(topic));
            poll(() -> sizes(first, second).equals(List.of(1, 1)), first, second);
            first.unsubscribe();
            assertThat(first.assignment()).isEmpty();
            assertThat(log.events).endsWith("revoked 1");
            poll(() -> second.assignment().size() == 2, second);
            first.subscribe(List.of(topic), log);
            poll(() -> sizes(first, second).equals(List.of(1, 1)), first, second);
        }
    }

    @Test
    void anAssignorThatBrokersDoNotHaveIsNamed() {
        try (Consumer<String, String> consumer = member("group.remote.assignor", "fancy")) {
            consumer.subscribe(List.of(topic));
            assertThatThrownBy(() -> poll(() -> false, consumer))
                    .isInstanceOf(ClientException.class)
                    .hasMessageContaining("fancy")
                    .hasMessageContaining(group);
        }
        try (Consumer<String, String> range = member("group.remote.assignor", "range")) {
            range.subscribe(List.of(topic));
            poll(() -> range.groupMetadata().generationId() > 0, range);
        }
    }

    @Test
    void settingsThatTheBrokersDecideAreRefused() {
        assertThatThrownBy(() -> member("session.timeout.ms", "10000"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("session.timeout.ms has no effect");
        try (Consumer<String, String> classic = SharedBroker.consumer("group.id", group)) {
            assertThatThrownBy(() -> classic.subscribe(new SubscriptionPattern("a.*")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("group.protocol=consumer");
        }
    }

    private Consumer<String, String> member(String... more) {
        List<String> config =
                new ArrayList<>(List.of("group.id", group, "group.protocol", "consumer"));
        config.addAll(List.of(more));
        return SharedBroker.consumer(config.toArray(String[]::new));
    }

    private static List<Integer> sizes(Consumer<?, ?> first, Consumer<?, ?> second) {
        return List.of(first.assignment().size(), second.assignment().size());
    }

    private Set<TopicPartition> partitions(int count) {
        Set<TopicPartition> all = new TreeSet<>();
        IntStream.range(0, count).forEach(i -> all.add(new TopicPartition(topic, i)));
        return all;
    }

    private static void create(String name, int partitions) throws Exception {
        try (Admin admin = Admin.create(SharedBroker.config())) {
            admin.createTopics(List.of(new NewTopic(name, partitions, 1)))
                    .get(30, TimeUnit.SECONDS);
        }
    }

    private static void send(String topic, int from, int to) {
        try (Producer<String, String> producer = SharedBroker.producer()) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(topic, "k", "v" + i));
            }
        }
    }

    private static List<String> read(Consumer<String, String> consumer, int count) {
        List<String> values = new ArrayList<>();
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (values.size() < count) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
        }
        return values;
    }

    /** Polls all of them in turn until it is so. */
    private static void poll(BooleanSupplier until, Consumer<?, ?>... consumers) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!until.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            for (Consumer<?, ?> consumer : consumers) {
                consumer.poll(Duration.ofMillis(50));
            }
        }
    }

    /** Notes what a listener is told. */
    private static final class Log implements RebalanceListener {
        private final List<String> events = new ArrayList<>();

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            events.add("revoked " + partitions.size());
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            events.add("assigned " + partitions.size());
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            events.add("lost " + partitions.size());
        }
    }
}
