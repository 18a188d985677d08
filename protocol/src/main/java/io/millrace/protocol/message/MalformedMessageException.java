package io.millrace.protocol.message;

/**
 * Bytes that are no message of the version they claim. Names the field, the byte position in the
 * frame and what was wrong.
 */
public final class MalformedMessageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedMessageException(String field, int position, String problem) {
        super(field + " at byte " + position + ": " + problem);
    }
}
