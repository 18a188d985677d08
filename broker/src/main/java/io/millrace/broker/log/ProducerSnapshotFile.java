package io.millrace.broker.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Producer states of one log up to an offset, which is the file's name. Kafka's format, big-endian:
 *
 * <pre>
 * int16 version = 1 | uint32 CRC-32C of what follows | int32 count | entries of 46 bytes:
 * int64 producerId | int16 epoch | int32 lastSequence | int64 lastOffset | int32 offsetDelta
 *     | int64 timestamp | int32 coordinatorEpoch | int64 currentTxnFirstOffset
 * </pre>
 *
 * It holds the last batch of each producer only; the others are read back from the log.
 */
final class ProducerSnapshotFile {
    static final String SUFFIX = ".snapshot";
    private static final short VERSION = 1;
    private static final int HEADER_BYTES = 10;
    private static final int CRC_END = 6;
    private static final int ENTRY_BYTES = 46;

    private ProducerSnapshotFile() {}

    static void write(LogDir dir, Path directory, long offset, Collection<ProducerEntry> entries)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + entries.size() * ENTRY_BYTES);
        bytes.putShort(VERSION).putInt(0).putInt(entries.size());
        for (ProducerEntry entry : entries) {
            boolean known = !entry.batches().isEmpty();
            int delta = known ? entry.batches().get(entry.batches().size() - 1).offsetDelta() : 0;
            bytes.putLong(entry.producerId())
                    .putShort(entry.epoch())
                    .putInt(entry.lastSequence())
                    .putLong(entry.lastOffset())
                    .putInt(delta)
                    .putLong(entry.lastAppendMs())
                    .putInt(entry.coordinatorEpoch())
                    .putLong(entry.transactionFirstOffset());
        }
        bytes.putInt(2, crcOf(bytes.array()));
        dir.writeWhole(directory.resolve(LogFileNames.snapshot(offset)), bytes.array(), false);
    }

    /** The entries, or null if the file is missing or damaged. */
    static @Nullable List<ProducerEntry> read(LogDir dir, Path file) throws IOException {
        byte[] content = dir.readWhole(file);
        if (content == null || content.length < HEADER_BYTES) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(content);
        boolean whole = bytes.getShort() == VERSION && bytes.getInt() == crcOf(content);
        int count = bytes.getInt();
        if (!whole || count < 0 || (long) count * ENTRY_BYTES != bytes.remaining()) {
            return null;
        }
        List<ProducerEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(readEntry(bytes));
        }
        return entries;
    }

    private static ProducerEntry readEntry(ByteBuffer bytes) {
        long producerId = bytes.getLong();
        short epoch = bytes.getShort();
        int lastSequence = bytes.getInt();
        long lastOffset = bytes.getLong();
        int delta = bytes.getInt();
        long timestamp = bytes.getLong();
        int coordinatorEpoch = bytes.getInt();
        long transactionFirstOffset = bytes.getLong();
        List<ProducerEntry.Batch> batches = List.of();
        if (lastSequence >= 0) {
            int base = lastSequence - delta;
            int baseSequence = base >= 0 ? base : base & Integer.MAX_VALUE;
            batches =
                    List.of(
                            new ProducerEntry.Batch(
                                    baseSequence, lastSequence, lastOffset, delta, timestamp));
        }
        return new ProducerEntry(
                producerId,
                epoch,
                batches,
                timestamp,
                timestamp,
                coordinatorEpoch,
                transactionFirstOffset);
    }

    private static int crcOf(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content, CRC_END, content.length - CRC_END);
        return (int) crc.getValue();
    }
}
