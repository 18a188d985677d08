package io.millrace.connectors.postgres.cdc.capture;

import io.millrace.connectors.postgres.cdc.config.DatabaseAddress;
import io.millrace.connectors.postgres.cdc.wire.Lsn;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyDual;

/**
 * One running START_REPLICATION: raw frames in, status updates out. It uses the driver's two-way
 * copy rather than its replication stream, because that stream mixes keepalive positions with data
 * positions and confirms by itself. Owned by the capture thread; {@link #abort} may come from any.
 */
final class ReplicationLink implements AutoCloseable {
    private static final long POSTGRES_EPOCH_MICROS = 946_684_800_000_000L;
    private static final int STATUS_BYTES = 34;

    private final Connection connection;
    private final CopyDual copy;
    private final Clock clock;

    private ReplicationLink(Connection connection, CopyDual copy, Clock clock) {
        this.connection = connection;
        this.copy = copy;
        this.clock = clock;
    }

    static ReplicationLink open(
            DatabaseAddress address, String slot, String publication, long startLsn, Clock clock)
            throws SQLException {
        Connection connection = address.connectForReplication("millrace-cdc-stream");
        try {
            String sql =
                    "START_REPLICATION SLOT "
                            + Sql.identifier(slot)
                            + " LOGICAL "
                            + Lsn.format(startLsn)
                            + " (proto_version '1', publication_names "
                            + Sql.literal(Sql.identifier(publication))
                            + ")";
            CopyDual copy = connection.unwrap(PGConnection.class).getCopyAPI().copyDual(sql);
            return new ReplicationLink(connection, copy, clock);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** The next frame if one has begun to arrive, else null. */
    byte @Nullable [] poll() throws SQLException {
        byte[] frame = copy.readFromCopy(false);
        if (frame == null && !copy.isActive()) {
            throw new SQLException("the server ended the replication stream", "08006");
        }
        return frame;
    }

    /** Source: PostgreSQL, "Streaming Replication Protocol", standby status update. */
    void sendStatus(long received, long flushed, boolean askForReply) throws SQLException {
        ByteBuffer status = ByteBuffer.allocate(STATUS_BYTES);
        status.put((byte) 'r').putLong(received).putLong(flushed).putLong(flushed);
        status.putLong(clock.millis() * 1000 - POSTGRES_EPOCH_MICROS);
        status.put((byte) (askForReply ? 1 : 0));
        copy.writeToCopy(status.array(), 0, STATUS_BYTES);
        copy.flushCopy();
    }

    /** Cuts the connection; a blocked read fails at once. */
    void abort() throws SQLException {
        connection.abort(Runnable::run);
    }

    @Override
    public void close() throws SQLException {
        // Ending the copy politely would first read all that the server still wants to send.
        connection.abort(Runnable::run);
    }
}
