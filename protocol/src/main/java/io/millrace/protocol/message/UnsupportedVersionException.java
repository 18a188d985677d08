package io.millrace.protocol.message;

/** A version that we do not know, or that cannot carry what a message holds. */
public final class UnsupportedVersionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnsupportedVersionException(String problem) {
        super(problem);
    }

    static UnsupportedVersionException ofMessage(
            String message, short version, short lowest, short highest) {
        return new UnsupportedVersionException(
                message
                        + " version "
                        + version
                        + " is not between "
                        + lowest
                        + " and "
                        + highest
                        + ", the versions known here");
    }

    /** For generated code: a value that the version would drop. */
    public static UnsupportedVersionException ofField(String field, short version, String carries) {
        return new UnsupportedVersionException(
                field
                        + " is set, but version "
                        + version
                        + " cannot carry it (versions "
                        + carries
                        + " can): leave it at its default or use another version");
    }

    /** For generated code: null where the version has no way to say null. */
    public static UnsupportedVersionException ofNull(String field, short version) {
        return new UnsupportedVersionException(
                field + " is null, which version " + version + " cannot express");
    }
}
