package io.millrace.examples.orders;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * Compares the report with the same questions asked of the shop's tables directly, all in one
 * database snapshot.
 */
public final class Verification {
    private static final int SHOWN_ROWS = 20;
    private static final int JOIN_MINUTES = OrdersJob.JOIN_MINUTES;
    private static final long WINDOW_MS = OrdersJob.WINDOW_MS;

    /** Payments with their order, where the payment came within the join window. */
    private static final String PAID =
            """
            SELECT o.id AS order_id, p.id AS payment_id, c.region, (p.amount * 100)::bigint AS cents,
                   floor(extract(epoch FROM p.paid_at) * 1000 / %2$d)::bigint * %2$d AS window_start
            FROM payments p JOIN orders o ON o.id = p.order_id JOIN customers c ON c.id = o.customer_id
            WHERE p.paid_at BETWEEN o.created_at - interval '%1$d minutes' AND o.created_at + interval '%1$d minutes'
            """
                    .formatted(JOIN_MINUTES, WINDOW_MS);

    private static final List<Question> QUESTIONS =
            List.of(
                    new Question(
                            "report.paid_orders",
                            "SELECT order_id, payment_id, region, cents FROM report.paid_orders",
                            "SELECT order_id, payment_id, region, cents FROM (" + PAID + ") paid"),
                    new Question(
                            "report.revenue_by_window",
                            "SELECT region, window_start, payments, cents FROM"
                                    + " report.revenue_by_window",
                            "SELECT region, window_start, count(*) AS payments, sum(cents)::bigint"
                                    + " AS cents FROM ("
                                    + PAID
                                    + ") paid GROUP BY region, window_start"),
                    new Question(
                            "report.revenue",
                            "SELECT region, payments, cents FROM report.revenue",
                            "SELECT region, count(*) AS payments, sum(cents)::bigint AS cents FROM"
                                    + " ("
                                    + PAID
                                    + ") paid GROUP BY region"),
                    new Question(
                            "report.orders_by_status",
                            "SELECT status, orders FROM report.orders_by_status WHERE orders <> 0",
                            "SELECT status, count(*) AS orders FROM orders GROUP BY status"));

    /** One table of the report: the rows it has and the rows it should have. */
    private record Question(String table, String actual, String expected) {}

    private Verification() {}

    /**
     * What a comparison found.
     *
     * @param rows rows of the report that were compared
     * @param differences one line per differing row, at most {@value #SHOWN_ROWS} per table; empty
     *     means equal
     */
    public record Result(long rows, List<String> differences) {
        public Result {
            differences = List.copyOf(differences);
        }

        public boolean equal() {
            return differences.isEmpty();
        }
    }

    /** Compares all tables of the report. */
    public static Result run(Jdbi jdbi) {
        return jdbi.inTransaction(
                org.jdbi.v3.core.transaction.TransactionIsolationLevel.REPEATABLE_READ,
                handle -> {
                    List<String> differences = new ArrayList<>();
                    long rows = 0;
                    for (Question question : QUESTIONS) {
                        rows +=
                                handle.createQuery(
                                                "SELECT count(*) FROM ("
                                                        + question.actual()
                                                        + ") actual")
                                        .mapTo(Long.class)
                                        .one();
                        report(
                                handle,
                                question.table() + " lacks",
                                question.expected(),
                                question.actual(),
                                differences);
                        report(
                                handle,
                                question.table() + " has wrongly",
                                question.actual(),
                                question.expected(),
                                differences);
                    }
                    return new Result(rows, differences);
                });
    }

    private static void report(
            Handle handle, String what, String left, String right, List<String> differences) {
        List<Map<String, Object>> rows =
                handle.createQuery(
                                "("
                                        + left
                                        + ") EXCEPT ("
                                        + right
                                        + ") ORDER BY 1, 2 LIMIT "
                                        + SHOWN_ROWS)
                        .mapToMap()
                        .list();
        rows.forEach(row -> differences.add(what + " " + row));
    }
}
