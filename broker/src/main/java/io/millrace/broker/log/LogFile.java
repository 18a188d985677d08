package io.millrace.broker.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * One open file. Reads may come from any thread; writes, truncation and the size come from the
 * partition's owner. Never mapped into memory: a mapped file turns disk faults into crashes.
 */
public interface LogFile extends AutoCloseable {

    long size() throws IOException;

    /** Reads as many bytes as fit or are left; returns how many, -1 at the end of the file. */
    int read(ByteBuffer target, long position) throws IOException;

    /**
     * Writes everything, in order, beginning at {@code position}, with as few calls as the system
     * allows. After a failure the bytes from {@code position} on are undefined.
     *
     * @throws DiskFullException if the device is full
     */
    void write(ByteBuffer[] sources, long position) throws IOException;

    /** Makes everything written so far survive a power loss. Not to be repeated after a failure. */
    void force() throws IOException;

    void truncate(long size) throws IOException;

    /** For transfers to a socket. Nobody but this file may close it or move its position. */
    FileChannel channel();

    @Override
    void close() throws IOException;
}
