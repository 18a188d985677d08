package io.millrace.broker.replication.fetcher;

import io.millrace.broker.peer.PeerRequests;
import java.util.function.LongSupplier;

/**
 * What all lanes of this broker share.
 *
 * @param brokerId this broker
 * @param brokerEpoch epoch of its registration, as of now
 * @param followerQuota for throttled partitions
 */
record LaneContext(
        int brokerId,
        LongSupplier brokerEpoch,
        PeerRequests peers,
        ReplicationQuota followerQuota) {}
