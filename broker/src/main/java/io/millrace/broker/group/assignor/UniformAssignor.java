package io.millrace.broker.group.assignor;

import java.util.Map;

/**
 * Spreads partitions so that members have as nearly the same number as their subscriptions allow,
 * and moves as few as that needs.
 */
public final class UniformAssignor implements Assignor {
    public static final String NAME = "uniform";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Map<String, PartitionSet> assign(GroupSpec group) {
        return group.isHomogeneous()
                ? new EvenSpread(group).assign()
                : new BalancedSpread(group).assign();
    }
}
