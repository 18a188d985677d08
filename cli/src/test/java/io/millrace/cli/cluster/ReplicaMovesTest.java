package io.millrace.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.clients.TopicPartition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ReplicaMovesTest {

    @Test
    void drainingABrokerMovesOnlyItsReplicasAndSpreadsThem() {
        Map<TopicPartition, List<Integer>> present = new HashMap<>();
        for (int i = 0; i < 12; i++) {
            present.put(at(i), List.of(1 + i % 4, 1 + (i + 1) % 4, 1 + (i + 2) % 4));
        }
        var changed = ReplicaMoves.plan(present, brokers(1, 2, 3), false);
        assertThat(changed.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        present.keySet().stream()
                                .filter(each -> present.get(each).contains(4))
                                .toList());
        changed.values()
                .forEach(replicas -> assertThat(replicas).containsExactlyInAnyOrder(1, 2, 3));
    }

    @Test
    void newBrokersGetTheirShareWhenLevelling() {
        Map<TopicPartition, List<Integer>> present = new HashMap<>();
        for (int i = 0; i < 10; i++) {
            present.put(at(i), List.of(1, 2));
        }
        Map<TopicPartition, List<Integer>> after = new HashMap<>(present);
        after.putAll(ReplicaMoves.plan(present, brokers(1, 2, 3, 4), true));
        Map<Integer, Integer> held = new TreeMap<>();
        Map<Integer, Integer> leads = new TreeMap<>();
        after.values()
                .forEach(
                        replicas -> {
                            leads.merge(replicas.get(0), 1, Integer::sum);
                            replicas.forEach(each -> held.merge(each, 1, Integer::sum));
                        });
        assertThat(held).isEqualTo(Map.of(1, 5, 2, 5, 3, 5, 4, 5));
        assertThat(leads.values()).allSatisfy(count -> assertThat(count).isBetween(2, 3));
    }

    @Test
    void aReplacementGoesToARackThatHasNoneOfThePartition() {
        Map<Integer, Optional<String>> racks =
                Map.of(
                        1,
                        Optional.of("a"),
                        2,
                        Optional.of("a"),
                        3,
                        Optional.of("b"),
                        4,
                        Optional.of("b"));
        var changed = ReplicaMoves.plan(Map.of(at(0), List.of(1, 9)), racks, false);
        assertThat(changed.get(at(0))).hasSize(2).contains(1).doesNotContain(2);
    }

    @Test
    void whatIsEvenStaysAsItIs() {
        Map<TopicPartition, List<Integer>> present =
                Map.of(at(0), List.of(1, 2), at(1), List.of(2, 3), at(2), List.of(3, 1));
        assertThat(ReplicaMoves.plan(present, brokers(1, 2, 3), true)).isEmpty();
    }

    @Test
    void tooFewBrokersAreRefusedByName() {
        assertThatThrownBy(
                        () ->
                                ReplicaMoves.plan(
                                        Map.of(at(0), List.of(1, 2, 3)), brokers(1, 2), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("orders-0 has 3 replicas")
                .hasMessageContaining("name more brokers");
    }

    private static TopicPartition at(int partition) {
        return new TopicPartition("orders", partition);
    }

    private static Map<Integer, Optional<String>> brokers(int... ids) {
        Map<Integer, Optional<String>> brokers = new TreeMap<>();
        for (int id : ids) {
            brokers.put(id, Optional.empty());
        }
        return brokers;
    }
}
