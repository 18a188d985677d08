package io.millrace.protocol.record;

/**
 * Layout of the header of a record batch, format 2, big-endian; the same in requests, responses and
 * segments. The CRC covers everything from {@link #ATTRIBUTES} to the end of the batch, so base
 * offset and leader epoch may be patched without computing it again.
 *
 * <pre>
 *  0 int64 baseOffset            27 int64 baseTimestamp
 *  8 int32 length after this     35 int64 maxTimestamp
 * 12 int32 partitionLeaderEpoch  43 int64 producerId      (-1: none)
 * 16 int8  magic = 2             51 int16 producerEpoch   (-1: none)
 * 17 int32 crc (CRC-32C)         53 int32 baseSequence    (-1: none)
 * 21 int16 attributes            57 int32 record count
 * 23 int32 lastOffsetDelta       61 records, compressed as a whole or not at all
 *
 * attributes: bits 0-2 codec, 3 log append time, 4 transactional, 5 control, 6 delete horizon
 * </pre>
 */
public final class RecordBatchHeader {
    public static final int BASE_OFFSET = 0;
    public static final int LENGTH = 8;
    public static final int PARTITION_LEADER_EPOCH = 12;
    public static final int MAGIC = 16;
    public static final int CRC = 17;
    public static final int ATTRIBUTES = 21;
    public static final int LAST_OFFSET_DELTA = 23;
    public static final int BASE_TIMESTAMP = 27;
    public static final int MAX_TIMESTAMP = 35;
    public static final int PRODUCER_ID = 43;
    public static final int PRODUCER_EPOCH = 51;
    public static final int BASE_SEQUENCE = 53;
    public static final int COUNT = 57;

    /** Bytes before the first record. */
    public static final int HEADER_BYTES = 61;

    /** Bytes that {@link #LENGTH} does not count: base offset and the length itself. */
    public static final int LENGTH_OVERHEAD = 12;

    public static final byte CURRENT_MAGIC = 2;

    public static final int CODEC_MASK = 0x07;
    public static final int LOG_APPEND_TIME_FLAG = 0x08;
    public static final int TRANSACTIONAL_FLAG = 0x10;
    public static final int CONTROL_FLAG = 0x20;
    public static final int DELETE_HORIZON_FLAG = 0x40;
    public static final int KNOWN_ATTRIBUTES = 0x7f;

    /** A record of no key, no value and no headers: seven varints of one byte. */
    public static final int MIN_RECORD_BYTES = 7;

    public static final long NO_PRODUCER_ID = -1;
    public static final short NO_PRODUCER_EPOCH = -1;
    public static final int NO_SEQUENCE = -1;
    public static final long NO_TIMESTAMP = -1;

    private RecordBatchHeader() {}
}
