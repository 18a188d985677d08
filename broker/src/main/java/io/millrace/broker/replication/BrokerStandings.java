package io.millrace.broker.replication;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import java.util.function.Supplier;

/** What the metadata says of the brokers that hold replicas. Any thread; never waits. */
public interface BrokerStandings {
    /** Epoch of a broker that is not registered. */
    long NOT_REGISTERED = -1;

    /** Epoch of the broker's present registration. */
    long epochOf(int brokerId);

    /** Whether it may join an ISR: neither fenced nor shutting down. */
    boolean isEligible(int brokerId);

    /** As the image says that is the latest at the time of the question. */
    static BrokerStandings in(Supplier<MetadataImage> images) {
        return new BrokerStandings() {
            @Override
            public long epochOf(int brokerId) {
                BrokerImage broker = images.get().broker(brokerId);
                return broker == null ? NOT_REGISTERED : broker.epoch();
            }

            @Override
            public boolean isEligible(int brokerId) {
                BrokerImage broker = images.get().broker(brokerId);
                return broker != null && broker.isEligible();
            }
        };
    }
}
