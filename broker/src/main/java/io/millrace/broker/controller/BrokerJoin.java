package io.millrace.broker.controller;

import io.millrace.metadata.record.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * A broker process that wants to register.
 *
 * @param incarnation fresh for each process
 * @param directoryId identity of the log directory
 * @param cleanShutdownEpoch broker epoch that the clean-shutdown marker of the log directory names;
 *     empty if there is no marker. Anything but the epoch of the last registration counts as an
 *     unclean stop: the tail of its logs may be lost
 */
public record BrokerJoin(
        int brokerId,
        UUID incarnation,
        UUID directoryId,
        List<Endpoint> endpoints,
        Optional<String> rack,
        OptionalLong cleanShutdownEpoch) {
    public BrokerJoin {
        endpoints = List.copyOf(endpoints);
    }
}
