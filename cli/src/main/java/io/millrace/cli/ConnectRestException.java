package io.millrace.cli;

/** The Connect worker refused a call. */
public final class ConnectRestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    ConnectRestException(int status, String message) {
        super(message + " (HTTP " + status + ")");
        this.status = status;
    }

    /** HTTP status, 400 or more. */
    public int status() {
        return status;
    }
}
