package io.millrace.connectors.jdbc.source;

import com.zaxxer.hikari.HikariDataSource;
import io.millrace.connectors.jdbc.sql.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for new and dropped tables on a thread of its own and asks for new tasks when there are
 * any. The list is read by the connector's thread.
 */
public final class TableMonitor implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(TableMonitor.class);

    private final SourceConfig config;
    private final Runnable onChange;
    private final HikariDataSource pool;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile List<TableName> tables;

    private TableMonitor(SourceConfig config, Runnable onChange) {
        this.config = config;
        this.onChange = onChange;
        this.pool = config.address().pool("millrace-jdbc-source-tables", 1);
        try {
            this.tables = find();
        } catch (SQLException e) {
            pool.close();
            throw new ConnectException(config.address() + ": " + e.getMessage(), e);
        }
    }

    /** With the tables there are now; {@code onChange} is called on the monitor's thread. */
    public static TableMonitor start(SourceConfig config, Runnable onChange) {
        TableMonitor monitor = new TableMonitor(config, onChange);
        Thread thread =
                new Thread(monitor::run, "jdbc-source-tables"); // gate: waits for the database
        thread.setDaemon(true);
        thread.start();
        return monitor;
    }

    public List<TableName> tables() {
        return tables;
    }

    private List<TableName> find() throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return SourceTables.find(config, connection);
        }
    }

    private void run() {
        try {
            while (!stopped.await(config.tablePollIntervalMs(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            LOGGER.atDebug().log("interrupted, no longer looking for tables");
        }
    }

    private void look() {
        try {
            List<TableName> found = find();
            if (!found.equals(tables)) {
                LOGGER.atInfo().addKeyValue("tables", found).log("the tables to read changed");
                tables = found;
                onChange.run();
            }
        } catch (SQLException e) {
            LOGGER.atWarn()
                    .addKeyValue("database", config.address())
                    .addKeyValue("cause", e.getMessage())
                    .log("could not look for tables, will try again");
        }
    }

    @Override
    public void close() {
        stopped.countDown();
        pool.close();
    }
}
