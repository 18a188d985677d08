package io.millrace.broker.group;

/** Protocols that members of a group speak; the label is what lists show and filter by. */
public enum GroupKind {
    /** Members divide the work among themselves (JoinGroup, SyncGroup). */
    CLASSIC("classic"),
    /** The coordinator divides it (KIP-848). */
    CONSUMER("consumer"),
    /** Members share partitions, record by record (KIP-932). */
    SHARE("share"),
    /** Members run a topology of tasks (KIP-1071). */
    STREAMS("streams");

    private final String label;

    GroupKind(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
