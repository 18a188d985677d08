package io.millrace.broker.replication;

/** What the metadata says of the brokers that hold replicas. Any thread; never waits. */
public interface BrokerStandings {
    /** Epoch of a broker that is not registered. */
    long NOT_REGISTERED = -1;

    /** Epoch of the broker's present registration. */
    long epochOf(int brokerId);

    /** Whether it may join an ISR: neither fenced nor shutting down. */
    boolean isEligible(int brokerId);
}
