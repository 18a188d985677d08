package io.millrace.connect.worker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request that cannot be carried out as asked; the REST API maps the kind to a status code. */
public final class RequestRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why, in the words of HTTP. */
    public enum Kind {
        BAD_REQUEST(400),
        FORBIDDEN(403),
        NOT_FOUND(404),
        CONFLICT(409),
        UNAVAILABLE(503);

        private final int status;

        Kind(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }
    }

    private final Kind kind;

    public RequestRefused(Kind kind, @Nullable String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    static RequestRefused unknown(String connector, List<String> near) {
        return new RequestRefused(
                Kind.NOT_FOUND,
                "Connector "
                        + connector
                        + " not found"
                        + (near.isEmpty() ? "" : ", did you mean " + near.get(0) + "?"));
    }
}
