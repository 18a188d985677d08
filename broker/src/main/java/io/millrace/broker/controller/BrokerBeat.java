package io.millrace.broker.controller;

import java.util.List;
import java.util.UUID;

/**
 * What a broker tells the controller of itself every now and then.
 *
 * @param metadataOffset how far its published image is
 * @param wantsFence it wants to lead nothing
 * @param wantsShutdown it wants to stop, once it leads nothing that others could lead
 * @param failedDirectories log directories that it cannot use any more
 */
public record BrokerBeat(
        int brokerId,
        long brokerEpoch,
        long metadataOffset,
        boolean wantsFence,
        boolean wantsShutdown,
        List<UUID> failedDirectories) {
    public BrokerBeat {
        failedDirectories = List.copyOf(failedDirectories);
    }

    /** A broker that wants to serve. */
    public static BrokerBeat serving(int brokerId, long brokerEpoch, long metadataOffset) {
        return new BrokerBeat(brokerId, brokerEpoch, metadataOffset, false, false, List.of());
    }

    /** A broker that wants to stop. */
    public static BrokerBeat stopping(int brokerId, long brokerEpoch, long metadataOffset) {
        return new BrokerBeat(brokerId, brokerEpoch, metadataOffset, false, true, List.of());
    }
}
