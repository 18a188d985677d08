package io.millrace.broker;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.time.Clock;

/**
 * Everything that a broker runs on, given to it: threads in production, loops driven by hand in
 * tests and in the simulation. The loops that force data to the device belong to the log
 * directories.
 *
 * @param metadata owns metadata, controller and membership
 * @param groupWork where group shards have large assignments made
 * @param owners own partitions and coordinator shards
 * @param disk may wait for the disk: cold reads, opening logs, snapshots
 * @param cleaners compact logs
 * @param fetchers copy partitions from their leaders
 */
public record BrokerLoops(
        EventLoop metadata,
        EventLoop groupWork,
        EventLoopGroup owners,
        EventLoopGroup disk,
        EventLoopGroup cleaners,
        EventLoopGroup fetchers) {

    /** Everything on one loop. */
    public static BrokerLoops single(EventLoop loop) {
        EventLoopGroup group = EventLoopGroup.single(loop);
        return new BrokerLoops(loop, loop, group, group, group, group);
    }

    /** Time as the broker sees it. */
    Clock clock() {
        return metadata.clock();
    }
}
