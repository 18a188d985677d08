package io.millrace.clients.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.clients.SharedBroker;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.NewTopic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GroupsAgainstApacheTest {
    private static final Duration STEP = Duration.ofMillis(20);

    @Test
    void eagerMembersShareAndTakeOverWhatALeaverHad() {
        String topic = topic(4);
        Told first = new Told();
        Told second = new Told();
        String group = SharedBroker.fresh("eager");
        try (Consumer<String, String> one = member(group, "range")) {
            one.subscribe(List.of(topic), first);
            pollUntil(() -> one.assignment().size() == 4, one);
            try (Consumer<String, String> two = member(group, "range")) {
                two.subscribe(List.of(topic), second);
                pollUntil(
                        () -> one.assignment().size() == 2 && two.assignment().size() == 2,
                        one,
                        two);
                assertThat(disjoint(one, two)).isTrue();
                assertThat(first.log.get(0)).isEqualTo("assigned 4");
                assertThat(first.log).contains("revoked 4").endsWith("assigned 2");
                assertThat(second.log).containsExactly("assigned 2");
            }
            pollUntil(() -> one.assignment().size() == 4, one);
            assertThat(second.log).endsWith("revoked 2");
        }
    }

    @Test
    void cooperativeMembersGiveUpOnlyWhatMoves() {
        String topic = topic(4);
        Told first = new Told();
        String group = SharedBroker.fresh("cooperative");
        try (Consumer<String, String> one = member(group, "cooperative-sticky");
                Consumer<String, String> two = member(group, "cooperative-sticky")) {
            one.subscribe(List.of(topic), first);
            pollUntil(() -> one.assignment().size() == 4, one);
            two.subscribe(List.of(topic));
            pollUntil(() -> one.assignment().size() == 2 && two.assignment().size() == 2, one, two);
            assertThat(disjoint(one, two)).isTrue();
            assertThat(first.log).contains("revoked 2").doesNotContain("revoked 4");
        }
    }

    @Test
    void aStaticMemberComesBackToItsPartitionsWithoutARebalance() {
        String topic = topic(4);
        String group = SharedBroker.fresh("static");
        Told told = new Told();
        try (Consumer<String, String> stays = member(group, "range", "group.instance.id", "a")) {
            stays.subscribe(List.of(topic), told);
            Set<TopicPartition> before;
            try (Consumer<String, String> goes = member(group, "range", "group.instance.id", "b")) {
                goes.subscribe(List.of(topic));
                pollUntil(
                        () -> stays.assignment().size() == 2 && goes.assignment().size() == 2,
                        stays,
                        goes);
                before = goes.assignment();
            }
            int heard = told.log.size();
            try (Consumer<String, String> back = member(group, "range", "group.instance.id", "b")) {
                back.subscribe(List.of(topic));
                pollUntil(() -> back.assignment().equals(before), stays, back);
            }
            assertThat(told.log).hasSize(heard);
        }
    }

    @Test
    void aPatternFollowsTopicsThatAreCreatedLater() {
        String prefix = SharedBroker.fresh("pattern");
        try (Admin admin = Admin.create(SharedBroker.config());
                Consumer<String, String> consumer =
                        member(
                                SharedBroker.fresh("group"),
                                "range",
                                "metadata.max.age.ms",
                                "300")) {
            admin.createTopics(List.of(new NewTopic(prefix + "-1", 1, 1))).join();
            consumer.subscribe(Pattern.compile(prefix + "-.*"), RebalanceListener.NONE);
            pollUntil(() -> consumer.assignment().size() == 1, consumer);
            admin.createTopics(List.of(new NewTopic(prefix + "-2", 2, 1))).join();
            pollUntil(() -> consumer.assignment().size() == 3, consumer);
            admin.createPartitions(Map.of(prefix + "-1", 2)).join();
            pollUntil(() -> consumer.assignment().size() == 4, consumer);
        }
    }

    @Test
    void membersOfApachesClientAndOursShareAGroup() {
        String topic = topic(4);
        String group = SharedBroker.fresh("mixed");
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        SharedBroker.bootstrap(),
                        "group.id",
                        group,
                        "heartbeat.interval.ms",
                        "100",
                        "partition.assignment.strategy",
                        "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        var strings = new org.apache.kafka.common.serialization.StringDeserializer();
        try (Consumer<String, String> ours = member(group, "cooperative-sticky");
                var theirs =
                        new org.apache.kafka.clients.consumer.KafkaConsumer<>(
                                config, strings, strings)) {
            ours.subscribe(List.of(topic));
            theirs.subscribe(List.of(topic));
            pollUntil(
                    () -> {
                        theirs.poll(STEP);
                        return ours.assignment().size() == 2 && theirs.assignment().size() == 2;
                    },
                    ours);
        }
    }

    @Test
    void aCommitOfAMemberThatTheGroupGaveUpFails() {
        String topic = topic(1);
        ConsumerAgainstApacheTest.produce(topic, 0, 3);
        Told told = new Told();
        try (Consumer<String, String> slow =
                member(SharedBroker.fresh("slow"), "range", "max.poll.interval.ms", "400")) {
            slow.subscribe(List.of(topic), told);
            ConsumerAgainstApacheTest.take(slow, 3);
            // Nobody polls: heartbeats notice and leave the group.
            org.awaitility.Awaitility.await()
                    .untilAsserted(
                            () ->
                                    assertThatThrownBy(slow::commitSync)
                                            .isInstanceOf(CommitFailedException.class));
            pollUntil(() -> told.log.contains("lost 1"), slow);
            pollUntil(() -> slow.assignment().size() == 1, slow);
        }
    }

    private static String topic(int partitions) {
        String topic = SharedBroker.fresh("topic");
        try (Admin admin = Admin.create(SharedBroker.config())) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, 1))).join();
        }
        return topic;
    }

    private static Consumer<String, String> member(String group, String assignor, String... more) {
        List<String> config =
                new ArrayList<>(
                        List.of(
                                "group.id",
                                group,
                                "partition.assignment.strategy",
                                assignor,
                                "auto.offset.reset",
                                "earliest",
                                "heartbeat.interval.ms",
                                "100",
                                "session.timeout.ms",
                                "10000"));
        config.addAll(List.of(more));
        return ConsumerAgainstApacheTest.consumer(config.toArray(String[]::new));
    }

    private static boolean disjoint(Consumer<?, ?> one, Consumer<?, ?> two) {
        Set<TopicPartition> both = new HashSet<>(one.assignment());
        both.retainAll(two.assignment());
        return both.isEmpty();
    }

    private static void pollUntil(
            java.util.function.BooleanSupplier condition, Consumer<?, ?>... consumers) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            List<Object> state = new ArrayList<>();
            for (Consumer<?, ?> consumer : consumers) {
                state.add(consumer.assignment());
            }
            assertThat(System.nanoTime()).as("%s", state).isLessThan(deadline);
            for (Consumer<?, ?> consumer : consumers) {
                consumer.poll(STEP);
            }
        }
    }

    /** Writes down what it is told. */
    private static final class Told implements RebalanceListener {
        private final List<String> log = new ArrayList<>();

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            log.add("revoked " + new TreeSet<>(partitions).size());
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            log.add("assigned " + new TreeSet<>(partitions).size());
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            log.add("lost " + partitions.size());
        }
    }
}
