package io.millrace.broker.controller;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Changes to the quotas of one entity.
 *
 * @param entity type to name; an empty name stands for all that have no quota of their own
 */
public record QuotaAlteration(SortedMap<String, Optional<String>> entity, List<Limit> limits) {
    public QuotaAlteration {
        limits = List.copyOf(limits);
    }

    /**
     * One quota.
     *
     * @param value null removes it
     */
    public record Limit(String key, @Nullable Double value) {}
}
