package io.millrace.broker.group;

/** Whether the cluster has a partition. */
@FunctionalInterface
public interface PartitionCheck {
    boolean exists(String topic, int partition);
}
