package io.millrace.protocol.net;

/** A frame whose length cannot be meant; the connection is of no use any more. */
public final class MalformedFrameException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedFrameException(String problem) {
        super(problem);
    }
}
