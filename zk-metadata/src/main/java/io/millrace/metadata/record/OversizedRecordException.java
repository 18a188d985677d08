package io.millrace.metadata.record;

/** One record that no batch can hold, for example a configuration value of 200 KB. */
public final class OversizedRecordException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public OversizedRecordException(String why) {
        super(why);
    }
}
