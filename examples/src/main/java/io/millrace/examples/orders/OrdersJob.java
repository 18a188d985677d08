package io.millrace.examples.orders;

import io.millrace.streams.KeyValue;
import io.millrace.streams.StreamsBuilder;
import io.millrace.streams.Topology;
import io.millrace.streams.kstream.Consumed;
import io.millrace.streams.kstream.Grouped;
import io.millrace.streams.kstream.JoinWindows;
import io.millrace.streams.kstream.Joined;
import io.millrace.streams.kstream.KGroupedStream;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.KTable;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Named;
import io.millrace.streams.kstream.Produced;
import io.millrace.streams.kstream.StreamJoined;
import io.millrace.streams.kstream.TimeWindows;
import io.millrace.streams.serialization.JsonSerde;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.serialization.Serdes;
import java.time.Duration;
import java.util.List;

/**
 * The stream job of the orders story. It joins placed orders to their customer's region
 * (stream-table), pairs them with payments that came within {@value #JOIN_MINUTES} minutes
 * (stream-stream), and keeps the revenue per region in total and in tumbling windows, and the
 * number of orders per status. Event time is when the shop says an order was placed or paid.
 */
public final class OrdersJob {
    /** First part of every captured topic's name. */
    public static final String TOPIC_PREFIX = "shop";

    /** A payment belongs to its order if it came at most this long before or after it. */
    public static final int JOIN_MINUTES = 5;

    /** Length of the tumbling windows of {@code report.revenue_by_window}. */
    public static final long WINDOW_MS = 10_000;

    /** How late a record may come, for example behind a killed process, and still count. */
    private static final Duration GRACE = Duration.ofHours(1);

    /** Change capture repeats at most what it captured so long ago. */
    private static final Duration REPEATS = Duration.ofHours(2);

    private static final String CUSTOMERS = TOPIC_PREFIX + ".public.customers";
    private static final String ORDERS = TOPIC_PREFIX + ".public.orders";
    private static final String PAYMENTS = TOPIC_PREFIX + ".public.payments";

    private static final Serde<RowKey> ROW_KEY = JsonSerde.of(RowKey.class);
    private static final Serde<Change> CHANGE = JsonSerde.of(Change.class);
    private static final Serde<Report.Order> ORDER = JsonSerde.of(Report.Order.class);
    private static final Serde<Report.Payment> PAYMENT = JsonSerde.of(Report.Payment.class);
    private static final Serde<Report.PaidOrder> PAID_ORDER = JsonSerde.of(Report.PaidOrder.class);
    private static final Serde<Report.Revenue> REVENUE = JsonSerde.of(Report.Revenue.class);

    private OrdersJob() {}

    /** Topics that change capture fills. */
    public static List<String> sourceTopics() {
        return List.of(
                CUSTOMERS,
                ORDERS,
                PAYMENTS,
                TOPIC_PREFIX + ".public.order_items",
                TOPIC_PREFIX + ".public.products");
    }

    /** Topics that the sink writes to tables of the same name. */
    public static List<String> reportTopics() {
        return List.of(
                "report.paid_orders",
                "report.revenue_by_window",
                "report.revenue",
                "report.orders_by_status");
    }

    /** The whole job. */
    public static Topology topology() {
        StreamsBuilder builder = new StreamsBuilder();
        KTable<RowKey, String> regions =
                builder.table(CUSTOMERS, changesOf("created_at"))
                        .mapValues(change -> change.after() == null ? null : change.text("region"));
        KStream<RowKey, Change> orders = builder.stream(ORDERS, changesOf("created_at"));
        KStream<RowKey, Change> payments = builder.stream(PAYMENTS, changesOf("paid_at"));

        countByStatus(orders);
        KStream<RowKey, Report.PaidOrder> paid =
                pairWithPayments(addRegion(orders, regions), payments);
        paid.map((key, order) -> KeyValue.pair(new Report.OrderKey(order.orderId()), order))
                .to(
                        "report.paid_orders",
                        Produced.with(JsonSerde.of(Report.OrderKey.class), PAID_ORDER));
        KGroupedStream<String, Report.PaidOrder> byRegion =
                paid.groupBy(
                        (key, order) -> order.region(),
                        Grouped.with("by-region", Serdes.String(), PAID_ORDER));
        revenueInTotal(byRegion);
        revenueByWindow(byRegion);
        return builder.build();
    }

    /**
     * Changes of a table whose rows say in a column when they happened, customers too: an order
     * must find its customer.
     */
    private static Consumed<RowKey, Change> changesOf(String timeColumn) {
        return Consumed.with(ROW_KEY, CHANGE).withTimestampExtractor(new RowTime(timeColumn));
    }

    private static KStream<RowKey, Report.Order> addRegion(
            KStream<RowKey, Change> orders, KTable<RowKey, String> regions) {
        return orders.processValues(new NewRows("new-orders", REPEATS))
                .map(
                        (key, change) ->
                                KeyValue.pair(
                                        new RowKey(change.number("customer_id")),
                                        new Report.Order(change.number("id"), "")))
                .join(
                        regions,
                        Report.Order::withRegion,
                        Joined.with(ROW_KEY, ORDER, Serdes.String(), "customer"));
    }

    private static KStream<RowKey, Report.PaidOrder> pairWithPayments(
            KStream<RowKey, Report.Order> orders, KStream<RowKey, Change> payments) {
        KStream<RowKey, Report.Payment> paymentsByOrder =
                payments.processValues(new NewRows("new-payments", REPEATS))
                        .map(
                                (key, change) ->
                                        KeyValue.pair(
                                                new RowKey(change.number("order_id")),
                                                new Report.Payment(
                                                        change.number("id"),
                                                        change.cents("amount"))));
        return orders.selectKey((customer, order) -> new RowKey(order.orderId()))
                .join(
                        paymentsByOrder,
                        Report.PaidOrder::of,
                        JoinWindows.ofTimeDifferenceAndGrace(
                                Duration.ofMinutes(JOIN_MINUTES), GRACE),
                        StreamJoined.with(ROW_KEY, ORDER, PAYMENT).withName("payment"));
    }

    private static void revenueInTotal(KGroupedStream<String, Report.PaidOrder> byRegion) {
        byRegion.aggregate(
                        () -> Report.Revenue.NONE,
                        (region, order, revenue) -> revenue.plus(order.cents()),
                        Named.as("revenue"),
                        Materialized.with(Serdes.String(), REVENUE))
                .toStream()
                .map(
                        (region, revenue) ->
                                KeyValue.pair(
                                        new Report.RegionKey(region),
                                        new Report.RevenueRow(
                                                region, revenue.payments(), revenue.cents())))
                .to(
                        "report.revenue",
                        Produced.with(
                                JsonSerde.of(Report.RegionKey.class),
                                JsonSerde.of(Report.RevenueRow.class)));
    }

    private static void revenueByWindow(KGroupedStream<String, Report.PaidOrder> byRegion) {
        byRegion.windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMillis(WINDOW_MS), GRACE))
                .aggregate(
                        () -> Report.Revenue.NONE,
                        (region, order, revenue) -> revenue.plus(order.cents()),
                        Named.as("revenue-by-window"),
                        Materialized.with(Serdes.String(), REVENUE))
                .toStream()
                .map(
                        (window, revenue) ->
                                KeyValue.pair(
                                        new Report.WindowKey(window.key(), window.window().start()),
                                        new Report.WindowRow(
                                                window.key(),
                                                window.window().start(),
                                                revenue.payments(),
                                                revenue.cents())))
                .to(
                        "report.revenue_by_window",
                        Produced.with(
                                JsonSerde.of(Report.WindowKey.class),
                                JsonSerde.of(Report.WindowRow.class)));
    }

    private static void countByStatus(KStream<RowKey, Change> orders) {
        orders.mapValues(
                        change ->
                                change == null || change.after() == null
                                        ? null
                                        : change.text("status"))
                .toTable(Named.as("order-status"), Materialized.with(ROW_KEY, Serdes.String()))
                .groupBy(
                        (key, status) -> KeyValue.pair(status, status),
                        Grouped.with("by-status", Serdes.String(), Serdes.String()))
                .count(Materialized.with(Serdes.String(), Serdes.Long()))
                .toStream()
                .map(
                        (status, count) ->
                                KeyValue.pair(
                                        new Report.StatusKey(status),
                                        new Report.StatusRow(status, count)))
                .to(
                        "report.orders_by_status",
                        Produced.with(
                                JsonSerde.of(Report.StatusKey.class),
                                JsonSerde.of(Report.StatusRow.class)));
    }
}
