package io.millrace.broker.partition;

import io.millrace.broker.log.Batches;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Batches of records without keys. */
final class Keyless {
    private Keyless() {}

    static ByteBuf batch(String... values) {
        ByteBuf out = Unpooled.directBuffer();
        RecordBatchBuilder builder = new RecordBatchBuilder(out, Compression.NONE);
        for (String value : values) {
            builder.append(Batches.NOW, null, value.getBytes(StandardCharsets.UTF_8));
        }
        builder.build();
        return out;
    }
}
