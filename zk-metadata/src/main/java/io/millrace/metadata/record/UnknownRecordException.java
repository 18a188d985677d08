package io.millrace.metadata.record;

/**
 * A record of a type or version newer than this program. The broker fences itself instead of
 * skipping it: an image with holes is worse than no image. Remedy: upgrade this broker.
 */
public final class UnknownRecordException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnknownRecordException(String why) {
        super(why);
    }
}
