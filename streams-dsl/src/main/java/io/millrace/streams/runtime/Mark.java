package io.millrace.streams.runtime;

import io.millrace.clients.Header;
import io.millrace.clients.Headers;
import io.millrace.streams.processor.TaskId;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Says in a repartition partition that a commit is done: a record without key and value, and this
 * in a header. Format: the commit's stamp (4 bytes sub-topology, 4 partition, 4 fence, 8 epoch),
 * then 4 bytes sender.
 *
 * @param sender fence of the owner that wrote the mark; above the commit's if it took over
 */
record Mark(Stamp commit, int sender) {
    static final String HEADER = "__mr.mark";
    private static final int BYTES = 4 * Integer.BYTES + Long.BYTES;

    byte[] toBytes() {
        return ByteBuffer.allocate(BYTES).put(commit.toBytes()).putInt(sender).array();
    }

    static @Nullable Mark find(Headers headers) {
        for (Header header : headers.asList()) {
            byte[] value = header.value();
            if (header.key().equals(HEADER) && value != null && value.length == BYTES) {
                ByteBuffer in = ByteBuffer.wrap(value);
                Stamp commit =
                        new Stamp(new TaskId(in.getInt(), in.getInt()), in.getInt(), in.getLong());
                return new Mark(commit, in.getInt());
            }
        }
        return null;
    }
}
