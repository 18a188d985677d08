package io.millrace.zk.session;

import java.util.concurrent.CompletionException;

/** A request to the ensemble that was refused, or whose outcome nobody knows. */
public final class ZnodeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    public ZnodeException(Reason reason, String what) {
        super(what + ": " + reason.text);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /**
     * The reason of a failed future; anything but a {@code ZnodeException} is a bug and rethrown.
     */
    public static Reason reasonOf(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ZnodeException refused) {
            return refused.reason;
        }
        throw new IllegalStateException("metadata store failed unexpectedly", cause);
    }

    /** Why. */
    public enum Reason {
        /** The connection broke: a write may or may not have happened. */
        CONNECTION_LOSS("connection lost, outcome unknown"),
        /** The session is over: its ephemeral nodes are gone, earlier writes may have happened. */
        SESSION_EXPIRED("session expired"),
        NO_NODE("no such znode"),
        NODE_EXISTS("znode exists already"),
        BAD_VERSION("znode was changed by somebody else"),
        NOT_EMPTY("znode has children"),
        /** Wrong credentials, or the ACL keeps us out. */
        NOT_ALLOWED("access refused; check the credentials of this broker"),
        OTHER("refused");

        private final String text;

        Reason(String text) {
            this.text = text;
        }
    }
}
