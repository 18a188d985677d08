package io.millrace.broker.controller;

import io.millrace.metadata.record.Endpoint;
import io.millrace.metadata.record.LevelRange;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A broker process that wants to register.
 *
 * @param incarnation fresh for each process
 * @param directoryId identity of the data directory, which survives restarts but not a wiped disk
 * @param cleanShutdownEpoch broker epoch that the clean-shutdown marker of the log directory names;
 *     empty if there is no marker. Anything but the epoch of the last registration counts as an
 *     unclean stop: the tail of its logs may be lost
 * @param directories its log directories that work
 * @param features levels it can work with, by feature
 */
public record BrokerJoin(
        int brokerId,
        UUID incarnation,
        UUID directoryId,
        List<Endpoint> endpoints,
        Optional<String> rack,
        OptionalLong cleanShutdownEpoch,
        List<UUID> directories,
        SortedMap<String, LevelRange> features) {
    public BrokerJoin {
        endpoints = List.copyOf(endpoints);
        directories = List.copyOf(directories);
        features = Collections.unmodifiableSortedMap(new TreeMap<>(features));
    }

    /** A broker of this release with one log directory. */
    public BrokerJoin(
            int brokerId,
            UUID incarnation,
            UUID directoryId,
            List<Endpoint> endpoints,
            Optional<String> rack,
            OptionalLong cleanShutdownEpoch) {
        this(
                brokerId,
                incarnation,
                directoryId,
                endpoints,
                rack,
                cleanShutdownEpoch,
                List.of(directoryId),
                Feature.ranges());
    }
}
