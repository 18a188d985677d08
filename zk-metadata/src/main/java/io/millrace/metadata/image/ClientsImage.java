package io.millrace.metadata.image;

import io.millrace.metadata.record.QuotaChange;
import io.millrace.metadata.record.QuotaEntity;
import io.millrace.metadata.record.ScramChange;
import io.millrace.metadata.record.ScramCredential;
import io.millrace.metadata.record.ScramMechanism;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the cluster knows about its clients: quotas by entity and key, credentials by user and
 * mechanism. Immutable. A change copies one map of entities; they are few.
 */
public record ClientsImage(
        SortedMap<QuotaEntity, SortedMap<String, Double>> quotas,
        SortedMap<String, SortedMap<ScramMechanism, ScramCredential>> credentials) {
    static final ClientsImage EMPTY = new ClientsImage(new TreeMap<>(), new TreeMap<>());

    public ClientsImage {
        quotas = Collections.unmodifiableSortedMap(quotas);
        credentials = Collections.unmodifiableSortedMap(credentials);
    }

    ClientsImage with(QuotaChange change) {
        return new ClientsImage(
                changed(quotas, change.entity(), change.key(), change.limit()), credentials);
    }

    ClientsImage with(ScramChange change) {
        return new ClientsImage(
                quotas,
                changed(credentials, change.user(), change.mechanism(), change.credential()));
    }

    private static <A extends Comparable<? super A>, B extends Comparable<? super B>, V>
            SortedMap<A, SortedMap<B, V>> changed(
                    SortedMap<A, SortedMap<B, V>> map,
                    A outer,
                    B inner,
                    @org.jspecify.annotations.Nullable V value) {
        SortedMap<A, SortedMap<B, V>> after = new TreeMap<>(map);
        SortedMap<B, V> known = map.get(outer);
        SortedMap<B, V> entries = known == null ? new TreeMap<>() : new TreeMap<>(known);
        if (value == null) {
            entries.remove(inner);
        } else {
            entries.put(inner, value);
        }
        if (entries.isEmpty()) {
            after.remove(outer);
        } else {
            after.put(outer, Collections.unmodifiableSortedMap(entries));
        }
        return after;
    }
}
