package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.time.Clock;

/**
 * What all partitions of a broker share.
 *
 * @param owners every partition has one of these loops for itself and others
 * @param loaders loops that open logs; they may wait for the disk
 * @param coldReads for lookups that may wait for the disk
 * @param replicas for those that are led or followed together with other brokers
 * @param maxPendingBytes bytes that may wait for one partition's owner; beyond, appends are refused
 */
public record PartitionContext(
        EventLoopGroup owners,
        EventLoopGroup loaders,
        ColdReads coldReads,
        Clock clock,
        ReplicaTerms replicas,
        int maxPendingBytes) {
    public static final int DEFAULT_MAX_PENDING_BYTES = 64 * 1024 * 1024;
}
