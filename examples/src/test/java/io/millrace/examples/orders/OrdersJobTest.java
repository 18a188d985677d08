package io.millrace.examples.orders;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.streams.serialization.Serdes;
import io.millrace.streams.testing.TestInputTopic;
import io.millrace.streams.testing.TestOutputTopic;
import io.millrace.streams.testing.TopologyTestDriver;
import java.time.Instant;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OrdersJobTest {
    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");

    private TopologyTestDriver driver;
    private TestInputTopic<String, String> customers;
    private TestInputTopic<String, String> orders;
    private TestInputTopic<String, String> payments;

    @BeforeEach
    void start() {
        Properties config = new Properties();
        config.put("application.id", "orders-test");
        config.put("bootstrap.servers", "not-used:9092");
        config.put("statestore.cache.max.bytes", "0");
        driver = new TopologyTestDriver(OrdersJob.topology(), config, NOON);
        customers = input("shop.public.customers");
        orders = input("shop.public.orders");
        payments = input("shop.public.payments");
        customers.pipeInput(
                "{\"id\":7}", "{\"op\":\"r\",\"after\":{\"id\":7,\"region\":\"north\"}}");
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void orderIsPaidWhenItsPaymentComesWithinFiveMinutes() {
        order("c", 1, "new", 0);
        payment(11, 1, "12.34", 60);
        assertThat(output("report.paid_orders").readKeyValuesToMap())
                .containsExactly(
                        Map.entry(
                                "{\"order_id\":1}",
                                "{\"order_id\":1,\"payment_id\":11,\"region\":\"north\",\"cents\":1234}"));
    }

    @Test
    void latePaymentDoesNotCount() {
        order("c", 1, "new", 0);
        payment(11, 1, "12.34", 20 * 60);
        assertThat(output("report.paid_orders").isEmpty()).isTrue();
        assertThat(output("report.revenue").isEmpty()).isTrue();
    }

    @Test
    void revenueAddsUpInTotalAndByWindow() {
        order("c", 1, "new", 0);
        order("c", 2, "new", 1);
        order("c", 3, "new", 2);
        payment(11, 1, "1.00", 3);
        payment(12, 2, "2.00", 4);
        payment(13, 3, "4.00", 15);
        long noon = NOON.toEpochMilli();
        assertThat(output("report.revenue").readKeyValuesToMap())
                .containsExactly(
                        Map.entry(
                                "{\"region\":\"north\"}",
                                "{\"region\":\"north\",\"payments\":3,\"cents\":700}"));
        assertThat(output("report.revenue_by_window").readKeyValuesToMap())
                .containsOnly(
                        Map.entry(
                                "{\"region\":\"north\",\"window_start\":" + noon + "}",
                                "{\"region\":\"north\",\"window_start\":"
                                        + noon
                                        + ",\"payments\":2,\"cents\":300}"),
                        Map.entry(
                                "{\"region\":\"north\",\"window_start\":" + (noon + 10_000) + "}",
                                "{\"region\":\"north\",\"window_start\":"
                                        + (noon + 10_000)
                                        + ",\"payments\":1,\"cents\":400}"));
    }

    @Test
    void updatesAndDeletesMoveOrdersBetweenStatuses() {
        order("c", 1, "new", 0);
        order("c", 2, "new", 0);
        order("u", 1, "paid", 0);
        orders.pipeInput("{\"id\":2}", "{\"op\":\"d\",\"after\":null}");
        orders.pipeInput("{\"id\":2}", null);
        assertThat(output("report.orders_by_status").readKeyValuesToMap())
                .containsOnly(
                        Map.entry("{\"status\":\"new\"}", "{\"status\":\"new\",\"orders\":0}"),
                        Map.entry("{\"status\":\"paid\"}", "{\"status\":\"paid\",\"orders\":1}"));
    }

    @Test
    void updateOfAnOrderIsNotASecondOrder() {
        order("c", 1, "new", 0);
        order("u", 1, "paid", 0);
        payment(11, 1, "1.00", 1);
        assertThat(output("report.paid_orders").readKeyValuesToList()).hasSize(1);
    }

    @Test
    void changesThatAreCapturedTwiceCountOnce() {
        order("c", 1, "new", 0);
        payment(11, 1, "1.00", 1);
        order("c", 1, "new", 0);
        payment(11, 1, "1.00", 1);
        assertThat(output("report.paid_orders").readKeyValuesToList()).hasSize(1);
        assertThat(output("report.revenue").readKeyValuesToList()).hasSize(1);
    }

    @Test
    void orderFromBeforeTheSnapshotFindsItsCustomer() {
        customers.pipeInput(
                "{\"id\":8}",
                "{\"op\":\"r\",\"after\":{\"id\":8,\"region\":\"south\",\"created_at\":\""
                        + NOON.minusSeconds(60)
                        + "\"}}");
        orders.pipeInput(
                "{\"id\":2}",
                "{\"op\":\"r\",\"after\":{\"id\":2,\"customer_id\":8,\"status\":\"new\",\"created_at\":\""
                        + NOON.minusSeconds(30)
                        + "\"}}");
        payment(12, 2, "1.00", 0);
        assertThat(output("report.paid_orders").readValue()).contains("south");
    }

    private void order(String op, long id, String status, int second) {
        orders.pipeInput(
                "{\"id\":" + id + "}",
                "{\"op\":\""
                        + op
                        + "\",\"after\":{\"id\":"
                        + id
                        + ",\"customer_id\":7,\"status\":\""
                        + status
                        + "\",\"created_at\":\""
                        + NOON.plusSeconds(second)
                        + "\"}}");
    }

    private void payment(long id, long order, String amount, int second) {
        payments.pipeInput(
                "{\"id\":" + id + "}",
                "{\"op\":\"c\",\"after\":{\"id\":"
                        + id
                        + ",\"order_id\":"
                        + order
                        + ",\"amount\":\""
                        + amount
                        + "\",\"paid_at\":\""
                        + NOON.plusSeconds(second)
                        + "\"}}");
    }

    private TestInputTopic<String, String> input(String topic) {
        return driver.createInputTopic(
                topic, Serdes.String().serializer(), Serdes.String().serializer());
    }

    private TestOutputTopic<String, String> output(String topic) {
        return driver.createOutputTopic(
                topic, Serdes.String().deserializer(), Serdes.String().deserializer());
    }
}
