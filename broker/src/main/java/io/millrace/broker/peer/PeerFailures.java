package io.millrace.broker.peer;

/** Hears that nobody listens at a broker's address. On the loop of the connections. */
@FunctionalInterface
public interface PeerFailures {

    /** A connection to this incarnation of the broker was refused. */
    void refused(int brokerId, long brokerEpoch);
}
