package io.millrace.broker.group.assignor;

import java.util.Map;

/**
 * A way of dividing partitions among members. Deterministic: equal questions get equal answers.
 * Keeps no state, so that it may run on any thread.
 */
public interface Assignor {

    /** What clients call it in {@code group.remote.assignor}. */
    String name();

    /**
     * Gives every partition of every topic that somebody is subscribed to exactly one owner among
     * its subscribers.
     *
     * @return one entry per member, by member id
     */
    Map<String, PartitionSet> assign(GroupSpec group);
}
