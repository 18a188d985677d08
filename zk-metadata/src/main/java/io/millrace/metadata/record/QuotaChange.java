package io.millrace.metadata.record;

import org.jspecify.annotations.Nullable;

/**
 * One quota was set or removed.
 *
 * @param key what is limited, for example {@code producer_byte_rate}
 * @param limit null removes the quota
 */
public record QuotaChange(QuotaEntity entity, String key, @Nullable Double limit)
        implements MetadataRecord {

    @Override
    public RecordType type() {
        return RecordType.QUOTA_CHANGE;
    }

    @Override
    public void writeBody(RecordOutput out) {
        entity.write(out);
        out.writeString(key);
        out.writeBoolean(limit != null);
        if (limit != null) {
            out.writeFixedLong(Double.doubleToLongBits(limit));
        }
    }

    static QuotaChange readBody(RecordInput in) {
        QuotaEntity entity = QuotaEntity.read(in);
        String key = in.readString();
        return new QuotaChange(
                entity, key, in.readBoolean() ? Double.longBitsToDouble(in.readFixedLong()) : null);
    }
}
