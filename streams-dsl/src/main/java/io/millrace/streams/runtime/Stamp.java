package io.millrace.streams.runtime;

import io.millrace.clients.Header;
import io.millrace.clients.Headers;
import io.millrace.streams.processor.TaskId;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Which commit of which owner of which task a record belongs to. Travels in a header of every
 * record of a changelog or a repartition topic. Format: 4 bytes sub-topology, 4 partition, 4 fence,
 * 8 epoch, big-endian. See docs/adr/0007.
 *
 * @param fence number of the owner: grows every time the task is taken over
 * @param epoch number of the commit: grows by one with every commit of the task
 */
record Stamp(TaskId task, int fence, long epoch) {
    /** On records that count once their commit is done. */
    static final String HEADER = "__mr.stamp";

    private static final int BYTES = 3 * Integer.BYTES + Long.BYTES;

    byte[] toBytes() {
        return ByteBuffer.allocate(BYTES)
                .putInt(task.subtopology())
                .putInt(task.partition())
                .putInt(fence)
                .putLong(epoch)
                .array();
    }

    static @Nullable Stamp find(Headers headers, String name) {
        for (Header header : headers.asList()) {
            byte[] value = header.value();
            if (header.key().equals(name) && value != null && value.length == BYTES) {
                ByteBuffer in = ByteBuffer.wrap(value);
                return new Stamp(new TaskId(in.getInt(), in.getInt()), in.getInt(), in.getLong());
            }
        }
        return null;
    }
}
