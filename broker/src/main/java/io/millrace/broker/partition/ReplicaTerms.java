package io.millrace.broker.partition;

import io.millrace.broker.replication.BrokerStandings;
import io.millrace.broker.replication.IsrChanges;
import io.millrace.broker.replication.SafetyRules;
import java.util.Set;

/**
 * What the replicas on one broker share.
 *
 * @param nodeId of this broker
 * @param standings what the metadata says of the others
 * @param isrChanges the way to the controller
 * @param maxLagMs {@code replica.lag.time.max.ms}: who has not caught up for so long leaves the ISR
 * @param rules all of them, except in tests
 */
public record ReplicaTerms(
        int nodeId,
        BrokerStandings standings,
        IsrChanges isrChanges,
        long maxLagMs,
        Set<SafetyRules> rules) {
    /** Kafka's default of {@code replica.lag.time.max.ms}. */
    public static final long DEFAULT_MAX_LAG_MS = 30_000;

    public ReplicaTerms {
        rules = Set.copyOf(rules);
    }

    /** Of a broker that is alone. */
    public static ReplicaTerms alone(int nodeId) {
        BrokerStandings nobody =
                new BrokerStandings() {
                    @Override
                    public long epochOf(int brokerId) {
                        return NOT_REGISTERED;
                    }

                    @Override
                    public boolean isEligible(int brokerId) {
                        return false;
                    }
                };
        return new ReplicaTerms(
                nodeId, nobody, IsrChanges.none(), DEFAULT_MAX_LAG_MS, SafetyRules.all());
    }
}
