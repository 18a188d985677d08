package io.millrace.protocol.message;

/**
 * A message that knows how to write itself. Mutable, owned by one thread at a time; fields start at
 * the schema's defaults and a version that lacks a field leaves it there. Each class also has a
 * static {@code read(ByteBuf, short version)}, and the range of versions it can do as constants.
 */
public interface ApiMessage {

    /**
     * Appends the message as the given version lays it out.
     *
     * @throws UnsupportedVersionException if the version is not known, or cannot carry a value that
     *     must not be lost
     */
    void write(MessageSink out, short version);
}
