package io.millrace.metadata.record;

import java.util.Collections;
import java.util.Comparator;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Whose use of the cluster a quota limits.
 *
 * @param parts type of entity, for example {@code user}, to its name; an empty name stands for all
 *     of the type that have no quota of their own
 */
public record QuotaEntity(SortedMap<String, Optional<String>> parts)
        implements Comparable<QuotaEntity> {
    private static final Comparator<QuotaEntity> ORDER =
            Comparator.comparing(entity -> entity.parts.toString());

    public QuotaEntity {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("a quota of nobody");
        }
        parts = Collections.unmodifiableSortedMap(new TreeMap<>(parts));
    }

    @Override
    public int compareTo(QuotaEntity other) {
        return ORDER.compare(this, other);
    }

    void write(RecordOutput out) {
        out.writeInt(parts.size());
        parts.forEach(
                (type, name) -> {
                    out.writeString(type);
                    out.writeNullableString(name.orElse(null));
                });
    }

    static QuotaEntity read(RecordInput in) {
        int count = in.readCount();
        SortedMap<String, Optional<String>> parts = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            parts.put(in.readString(), Optional.ofNullable(in.readNullableString()));
        }
        return new QuotaEntity(parts);
    }
}
