package io.millrace.metadata.record;

/**
 * Metadata that cannot be what a controller wrote: broken checksum, broken hash chain, nonsense
 * inside a record. Whoever meets it stops reading and says so; skipping would let images differ.
 */
public final class CorruptMetadataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CorruptMetadataException(String why) {
        super(why);
    }
}
