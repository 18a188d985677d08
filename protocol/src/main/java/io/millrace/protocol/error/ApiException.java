package io.millrace.protocol.error;

/** A failure that has a number in the protocol. */
public class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode error;

    /** With the error's own sentence. */
    public ApiException(ErrorCode error) {
        this(error, error.message());
    }

    /**
     * @param message names the thing, its value, the bound and the remedy
     */
    public ApiException(ErrorCode error, String message) {
        super(message);
        this.error = error;
    }

    public ApiException(ErrorCode error, String message, Throwable cause) {
        super(message, cause);
        this.error = error;
    }

    public ErrorCode error() {
        return error;
    }
}
