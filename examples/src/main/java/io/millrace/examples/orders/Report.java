package io.millrace.examples.orders;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What flows through the job behind the captured changes, and the rows of the report. Money is in
 * hundredths.
 */
final class Report {
    private Report() {}

    /** An order and the region of its customer. */
    record Order(long orderId, String region) {
        Order withRegion(String found) {
            return new Order(orderId, found);
        }
    }

    record Payment(long paymentId, long cents) {}

    /** Row of {@code report.paid_orders}. */
    record PaidOrder(
            @JsonProperty("order_id") long orderId,
            @JsonProperty("payment_id") long paymentId,
            String region,
            long cents) {
        static PaidOrder of(Order order, Payment payment) {
            return new PaidOrder(
                    order.orderId(), payment.paymentId(), order.region(), payment.cents());
        }
    }

    record OrderKey(@JsonProperty("order_id") long orderId) {}

    /** Payments and their sum so far. */
    record Revenue(long payments, long cents) {
        static final Revenue NONE = new Revenue(0, 0);

        Revenue plus(long amount) {
            return new Revenue(payments + 1, cents + amount);
        }
    }

    record RegionKey(String region) {}

    /** Row of {@code report.revenue}. */
    record RevenueRow(String region, long payments, long cents) {}

    record WindowKey(String region, @JsonProperty("window_start") long windowStart) {}

    /**
     * Row of {@code report.revenue_by_window}; the window starts at this millisecond since the Unix
     * epoch.
     */
    record WindowRow(
            String region,
            @JsonProperty("window_start") long windowStart,
            long payments,
            long cents) {}

    record StatusKey(String status) {}

    /** Row of {@code report.orders_by_status}. */
    record StatusRow(String status, long orders) {}
}
