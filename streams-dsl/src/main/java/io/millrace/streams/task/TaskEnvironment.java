package io.millrace.streams.task;

import io.millrace.base.time.Clock;
import io.millrace.streams.StreamsConfig;
import io.millrace.streams.storage.DiskSlice;
import java.util.function.Function;

/**
 * What a task needs from the world.
 *
 * @param slices disk of a store, by its name
 * @param logging whether changelogs are kept at all
 * @param cacheBytes updates held back from downstream may take this much; 0 holds nothing back
 */
public record TaskEnvironment(
        StreamsConfig config,
        Clock clock,
        RecordCollector collector,
        Function<String, DiskSlice> slices,
        boolean logging,
        long cacheBytes) {}
