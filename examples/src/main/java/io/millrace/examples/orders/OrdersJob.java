package io.millrace.examples.orders;

/** The stream job of the orders story. */
public final class OrdersJob {
    /** A payment belongs to its order if it came at most this long before or after it. */
    public static final int JOIN_MINUTES = 5;

    /** Length of the tumbling windows of {@code report.revenue_by_window}. */
    public static final long WINDOW_MS = 10_000;

    private OrdersJob() {}
}
