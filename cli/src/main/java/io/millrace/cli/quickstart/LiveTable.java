package io.millrace.cli.quickstart;

import java.io.PrintStream;
import java.util.List;
import org.jdbi.v3.core.Jdbi;

/**
 * What a visitor sees while the load runs: rate, how many payments are not in the report yet,
 * revenue per region. On a terminal one line that changes, elsewhere a line every {@value
 * #QUIET_EVERY_SECONDS} seconds.
 */
final class LiveTable {
    private static final int QUIET_EVERY_SECONDS = 5;

    private final PrintStream out;
    private final Jdbi jdbi;
    private final boolean terminal = System.console() != null;
    private long lastTransactions;

    LiveTable(PrintStream out, Jdbi jdbi) {
        this.out = out;
        this.jdbi = jdbi;
        out.printf("%-6s %8s %8s   %s%n", "time", "tx/s", "pending", "revenue by region");
    }

    /** Shows the state after one more second. */
    void second(int second, long transactions) {
        long rate = transactions - lastTransactions;
        lastTransactions = transactions;
        if (!terminal && second % QUIET_EVERY_SECONDS != 0) {
            return;
        }
        String line =
                String.format(
                        "%-6s %8d %8d   %s",
                        second + " s", rate, pending(), String.join("  ", revenue()));
        out.print(terminal ? "\r\u001b[2K" + line : line + System.lineSeparator());
        out.flush();
    }

    /** Shows something that happened, on a line of its own. */
    void event(String text) {
        out.println((terminal ? "\r\u001b[2K" : "") + "       " + text);
    }

    private long pending() {
        return jdbi.withHandle(
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT (SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id
                                                WHERE p.paid_at < o.created_at + interval '5 minutes')
                                             - (SELECT count(*) FROM report.paid_orders)
                                        """)
                                .mapTo(Long.class)
                                .one());
    }

    private List<String> revenue() {
        return jdbi.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT region || ' ' || to_char(cents / 100,"
                                            + " '999,999,999') FROM report.revenue ORDER BY region")
                                .mapTo(String.class)
                                .list());
    }
}
