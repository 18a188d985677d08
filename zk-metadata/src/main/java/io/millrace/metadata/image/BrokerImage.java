package io.millrace.metadata.image;

import io.millrace.metadata.record.BrokerChange;
import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.Endpoint;
import io.millrace.metadata.record.PartitionRecord;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** One registered broker. */
public record BrokerImage(BrokerRegistration registration) {

    public int id() {
        return registration.brokerId();
    }

    /** Offset of its registration: orders incarnations. */
    public long epoch() {
        return registration.brokerEpoch();
    }

    public UUID incarnation() {
        return registration.incarnation();
    }

    public List<Endpoint> endpoints() {
        return registration.endpoints();
    }

    /** Address on the listener, if the broker has that listener. */
    public Optional<Endpoint> endpoint(String listener) {
        return endpoints().stream().filter(e -> e.listener().equals(listener)).findFirst();
    }

    public Optional<String> rack() {
        return Optional.ofNullable(registration.rack());
    }

    public boolean fenced() {
        return registration.fenced();
    }

    public boolean inControlledShutdown() {
        return registration.inControlledShutdown();
    }

    /** Whether it may become a leader or join in-sync replicas. */
    public boolean isEligible() {
        return !fenced() && !inControlledShutdown();
    }

    /**
     * Whether replicas in this log directory can be used: also when the broker never said which
     * directories it has, or nobody said where the replica is.
     */
    public boolean hasDirectory(UUID directory) {
        List<UUID> known = registration.directories();
        return known.isEmpty()
                || directory.equals(PartitionRecord.NO_DIRECTORY)
                || known.contains(directory);
    }

    BrokerImage with(BrokerChange change) {
        if (change.brokerEpoch() != epoch()) {
            throw new IllegalStateException(
                    "broker "
                            + id()
                            + ": change for broker epoch "
                            + change.brokerEpoch()
                            + " but it is registered with epoch "
                            + epoch());
        }
        return new BrokerImage(
                new BrokerRegistration(
                        registration.brokerId(),
                        registration.brokerEpoch(),
                        registration.incarnation(),
                        registration.directoryId(),
                        registration.endpoints(),
                        registration.rack(),
                        change.fenced(),
                        change.inControlledShutdown(),
                        change.directories() == null
                                ? registration.directories()
                                : change.directories(),
                        registration.features()));
    }
}
