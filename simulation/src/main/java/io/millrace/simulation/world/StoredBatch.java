package io.millrace.simulation.world;

import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.simulation.world.disk.SimulatedDisk;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One batch as it lies on a disk; {@code valid} if its bytes fit its checksum. */
record StoredBatch(long offset, long nextOffset, int leaderEpoch, int checksum, boolean valid) {
    static List<StoredBatch> in(SimulatedDisk disk, String partition) {
        List<StoredBatch> batches = new ArrayList<>();
        for (byte[] segment : disk.segments(partition)) {
            readAll(segment, batches);
        }
        return batches;
    }

    private static void readAll(byte[] segment, List<StoredBatch> batches) {
        ByteBuf bytes = Unpooled.wrappedBuffer(segment);
        int at = 0;
        while (true) {
            @Nullable RecordBatchView batch = whole(bytes, at);
            if (batch == null) {
                return;
            }
            batches.add(
                    new StoredBatch(
                            batch.baseOffset(),
                            batch.nextOffset(),
                            batch.partitionLeaderEpoch(),
                            batch.crc(),
                            batch.isCrcValid()));
            at += batch.sizeInBytes();
        }
    }

    private static @Nullable RecordBatchView whole(ByteBuf bytes, int at) {
        try {
            return bytes.writerIndex() - at < RecordBatchHeader.HEADER_BYTES
                    ? null
                    : RecordBatchView.at(bytes, at);
        } catch (RuntimeException e) {
            // Damaged bytes end the walk; who repairs them is the broker's matter.
            return null;
        }
    }
}
