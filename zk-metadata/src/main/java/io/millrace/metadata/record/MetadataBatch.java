package io.millrace.metadata.record;

import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Some records that enter the metadata log together; one znode. Layout, big-endian:
 *
 * <pre>
 *  0 int   CRC32C of everything behind it
 *  4 byte  format (1)
 *  5 byte  flags: bit 0 = continued
 *  6 int   controller epoch
 * 10 long  base offset: offset of the first record
 * 18 long  nonce, drawn for each append attempt of new content
 * 26 int   CRC32C of the batch before
 * 30 int   record count
 * 34       framed records ({@link RecordType})
 * </pre>
 *
 * <p>At most {@link #MAX_BYTES} and {@link #MAX_RECORDS}: ZooKeeper answers an oversized request by
 * dropping the connection, which looks like a network fault. A <i>continued</i> batch belongs with
 * the next one: readers apply the whole run at once when its last batch arrives, and drop it if a
 * new controller claims the log first. So a change larger than one batch is still atomic.
 */
public final class MetadataBatch {
    public static final int MAX_BYTES = 128 * 1024;
    public static final int MAX_RECORDS = 1_000;

    static final int HEADER_BYTES = 34;
    private static final int COUNT_POSITION = 30;
    private static final int FORMAT = 1;
    private static final int CONTINUED = 1;

    private final LogPosition after;
    private final long baseOffset;
    private final long nonce;
    private final int previousCrc;
    private final boolean continued;
    private final List<MetadataRecord> records;
    private final byte[] encoded;

    private MetadataBatch(Header header, List<MetadataRecord> records, byte[] encoded) {
        this.after =
                new LogPosition(header.epoch, header.baseOffset + records.size() - 1, header.crc);
        this.baseOffset = header.baseOffset;
        this.nonce = header.nonce;
        this.previousCrc = header.previousCrc;
        this.continued = header.continued;
        this.records = List.copyOf(records);
        this.encoded = encoded;
    }

    public int epoch() {
        return after.epoch();
    }

    public long baseOffset() {
        return baseOffset;
    }

    public long lastOffset() {
        return after.lastOffset();
    }

    public long nonce() {
        return nonce;
    }

    public int crc() {
        return after.lastCrc();
    }

    public int previousCrc() {
        return previousCrc;
    }

    public boolean continued() {
        return continued;
    }

    public List<MetadataRecord> records() {
        return records;
    }

    public int sizeInBytes() {
        return encoded.length;
    }

    /** The log's position once this batch is in it. */
    public LogPosition positionAfter() {
        return after;
    }

    /** The bytes as they stand in the log. Callers do not change them. */
    public byte[] encoded() {
        return encoded;
    }

    /**
     * Reads a batch back.
     *
     * @throws CorruptMetadataException if the checksum or the content is wrong
     * @throws UnknownRecordException if a record is newer than this program
     */
    public static MetadataBatch decode(byte[] encoded) {
        RecordInput in = new RecordInput(encoded, 0, encoded.length);
        int crc = in.readFixedInt();
        int computed = crcOf(encoded, encoded.length);
        if (crc != computed) {
            throw new CorruptMetadataException(
                    String.format(
                            "metadata batch of %d bytes fails CRC (stored 0x%08x, computed 0x%08x)",
                            encoded.length, crc, computed));
        }
        int format = in.readByte();
        if (format != FORMAT) {
            throw new UnknownRecordException(
                    "metadata batch format " + format + " is newer than this broker; upgrade it");
        }
        boolean continued = (in.readByte() & CONTINUED) != 0;
        Header header =
                new Header(
                        crc,
                        continued,
                        in.readFixedInt(),
                        in.readFixedLong(),
                        in.readFixedLong(),
                        in.readFixedInt());
        if (header.epoch < 0
                || header.baseOffset < 0
                || header.baseOffset > Long.MAX_VALUE - MAX_RECORDS) {
            throw in.corrupt(
                    "metadata batch claims epoch "
                            + header.epoch
                            + " and base offset "
                            + header.baseOffset);
        }
        int count = in.readFixedInt();
        if (count < 1 || count > MAX_RECORDS) {
            throw in.corrupt("metadata batch claims " + count + " records");
        }
        List<MetadataRecord> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            records.add(RecordType.read(in));
        }
        if (in.remaining() != 0) {
            throw in.corrupt(in.remaining() + " bytes follow the last record");
        }
        return new MetadataBatch(header, records, encoded);
    }

    /** Puts the header before records that were framed behind {@link #HEADER_BYTES} free bytes. */
    static MetadataBatch seal(Header header, List<MetadataRecord> records, RecordOutput framed) {
        RecordOutput head = new RecordOutput();
        head.writeFixedInt(0);
        head.writeByte(FORMAT);
        head.writeByte(header.continued ? CONTINUED : 0);
        head.writeFixedInt(header.epoch);
        head.writeFixedLong(header.baseOffset);
        head.writeFixedLong(header.nonce);
        head.writeFixedInt(header.previousCrc);
        head.writeFixedInt(records.size());
        if (head.size() != COUNT_POSITION + Integer.BYTES) {
            throw new IllegalStateException("header has " + head.size() + " bytes");
        }
        head.writeRaw(framed.array(), 0, framed.size());
        int crc = crcOf(head.array(), head.size());
        head.setFixedInt(0, crc);
        return new MetadataBatch(header.withCrc(crc), records, head.toByteArray());
    }

    private static int crcOf(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, Integer.BYTES, length - Integer.BYTES);
        return (int) crc.getValue();
    }

    @Override
    public String toString() {
        return "batch "
                + baseOffset
                + ".."
                + lastOffset()
                + " of epoch "
                + epoch()
                + (continued ? ", continued" : "");
    }

    /** Everything of the header but the count. */
    record Header(
            int crc, boolean continued, int epoch, long baseOffset, long nonce, int previousCrc) {
        Header withCrc(int newCrc) {
            return new Header(newCrc, continued, epoch, baseOffset, nonce, previousCrc);
        }
    }
}
