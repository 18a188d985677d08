package io.millrace.zk.log;

/** Two living processes claim the same broker id. Remedy: give one of them another id. */
public final class DuplicateBrokerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DuplicateBrokerException(int brokerId) {
        super(
                "broker id "
                        + brokerId
                        + " is taken by another living process with another log directory;"
                        + " give this one another id (broker.id, node.id)");
    }
}
