package io.millrace.connectors.postgres.cdc.wire;

/** The server sent bytes that are not the replication protocol as documented: the capture stops. */
public final class WireFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WireFormatException(String message) {
        super("pgoutput: " + message);
    }
}
