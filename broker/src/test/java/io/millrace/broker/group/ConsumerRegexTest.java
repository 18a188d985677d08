package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.group.ConsumerHarness.Client;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Members that subscribe by a regular expression, which the coordinator evaluates. */
@Tag("wire-39")
final class ConsumerRegexTest {
    private final ConsumerHarness consumers = ConsumerHarness.withoutPause();

    private Client reading(String id, String regex) {
        Client client = consumers.client(id);
        client.regex = regex;
        return client;
    }

    @Test
    void aMemberIsAssignedTheTopicsThatMatchAsAWhole() {
        UUID orders = consumers.groups.topics.create("orders", 2);
        consumers.groups.topics.create("old-orders", 2);
        Client a = reading("a", "ord.*").join();
        assertThat(a.owned.topics()).containsExactly(orders);
        assertThat(consumers.describe().members().get(0).subscribedTopicRegex()).isEqualTo("ord.*");
    }

    @Test
    void topicsThatAppearAreFoundAtABoundedRate() {
        consumers.groups.topics.create("orders-a", 1);
        Client a = reading("a", "orders-.*").join();
        consumers.groups.topics.create("orders-b", 1);
        consumers.settle(a);
        assertThat(a.owned.size()).as("looked up a moment ago").isEqualTo(1);
        consumers.groups.advance(10_000);
        consumers.settle(a);
        assertThat(a.owned.size()).isEqualTo(2);
    }

    @Test
    void anExpressionThatIsNoneIsRefusedAndItsMemberGoesOn() {
        consumers.groups.topics.create("orders", 2);
        Client a = reading("a", "ord.*").join();
        assertThat(
                        ErrorCode.forCode(
                                consumers
                                        .send(a.beatRequest().subscribedTopicRegex("(("))
                                        .errorCode()))
                .isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION);
        assertThat(a.beat().error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void anExpressionThatWouldFillTheMemoryIsRefused() {
        for (String bomb :
                List.of(
                        "((((a{100}){100}){100}){100})",
                        "a".repeat(20_000),
                        "(a|b|[c-z]{900}){900}")) {
            assertThat(reading("a", bomb).join().error())
                    .isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION);
        }
        assertThat(reading("a", "[{}(]{2}x{1,3}(ab)+").join().error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void withManyTopicsItIsEvaluatedBesideTheLoop() {
        for (int i = 0; i < 2_001; i++) {
            consumers.groups.topics.create("t" + i, 1);
        }
        List<Runnable> work = new ArrayList<>();
        consumers.groups.background = work::add;
        Client a = reading("a", "t1.").join();
        assertThat(a.error()).isEqualTo(ErrorCode.NONE);
        assertThat(a.epoch).isEqualTo(1);
        assertThat(a.owned.size()).isZero();
        assertThat(work).hasSize(1);
        work.remove(0).run();
        consumers.settle(a);
        assertThat(a.owned.size()).isEqualTo(10);
    }

    @Test
    void whatExpressionsStandForSurvivesARestartAndGoesWithItsLastUser() {
        consumers.groups.topics.create("orders", 2);
        Client a = reading("a", "ord.*").join();
        Client b = consumers.client("b", "orders").join();
        consumers.settle(a, b);
        consumers.groups.restart();
        assertThat(a.report().error()).isEqualTo(ErrorCode.NONE);
        assertThat(a.owned.size()).isEqualTo(1);
        a.take(
                consumers.send(
                        a.beatRequest()
                                .subscribedTopicRegex("")
                                .subscribedTopicNames(List.of("orders"))));
        consumers.settle(a, b);
        assertThat(a.owned.size()).isEqualTo(1);
        assertThat(b.owned.size()).isEqualTo(1);
    }
}
