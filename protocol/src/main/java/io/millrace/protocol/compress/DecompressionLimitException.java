package io.millrace.protocol.compress;

/** Compressed bytes that would grow beyond the limit: a bomb, or a limit set too low. */
public final class DecompressionLimitException extends DecompressionException {
    private static final long serialVersionUID = 1L;

    public DecompressionLimitException(String codec, int compressedBytes, int maxOutputBytes) {
        super(
                codec
                        + ": "
                        + compressedBytes
                        + " compressed bytes grow beyond the limit of "
                        + maxOutputBytes
                        + " bytes");
    }
}
