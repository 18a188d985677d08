package io.millrace.metadata.record;

import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Some records of a snapshot with a checksum: {@code [int CRC32C of the rest][byte format][framed
 * records…]}.
 */
public final class RecordChunk {
    private static final int FORMAT = 1;
    private static final int HEADER_BYTES = 5;

    private RecordChunk() {}

    /**
     * The records of one chunk.
     *
     * @throws CorruptMetadataException if the checksum or the content is wrong
     */
    public static List<MetadataRecord> read(byte[] chunk) {
        RecordInput in = new RecordInput(chunk, 0, chunk.length);
        int crc = in.readFixedInt();
        if (crc != crcOf(chunk, chunk.length)) {
            throw in.corrupt("snapshot chunk of " + chunk.length + " bytes fails its CRC");
        }
        int format = in.readByte();
        if (format != FORMAT) {
            throw new UnknownRecordException(
                    "snapshot format " + format + " is newer than this broker; upgrade it");
        }
        List<MetadataRecord> records = new ArrayList<>();
        while (in.remaining() > 0) {
            records.add(RecordType.read(in));
        }
        return records;
    }

    private static int crcOf(byte[] bytes, int size) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, Integer.BYTES, size - Integer.BYTES);
        return (int) crc.getValue();
    }

    /** Cuts a stream of records into chunks. Owned by one thread. */
    public static final class Writer {
        private final int maxBytes;
        private final List<byte[]> chunks = new ArrayList<>();
        private final RecordOutput out = new RecordOutput();

        public Writer(int maxBytes) {
            this.maxBytes = maxBytes;
            begin();
        }

        /** Adds a record; one alone must fit a chunk. */
        public void add(MetadataRecord record) {
            int before = out.size();
            RecordType.write(record, out);
            if (out.size() <= maxBytes) {
                return;
            }
            if (before == HEADER_BYTES) {
                throw new IllegalArgumentException(
                        record.type() + " record does not fit a chunk of " + maxBytes + " bytes");
            }
            out.truncate(before);
            seal();
            begin();
            add(record);
        }

        /** All chunks; at least one. */
        public List<byte[]> finish() {
            seal();
            return chunks;
        }

        private void begin() {
            out.truncate(0);
            out.writeFixedInt(0);
            out.writeByte(FORMAT);
        }

        private void seal() {
            out.setFixedInt(0, crcOf(out.array(), out.size()));
            chunks.add(out.toByteArray());
        }
    }
}
