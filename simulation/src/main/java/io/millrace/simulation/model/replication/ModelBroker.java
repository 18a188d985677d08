package io.millrace.simulation.model.replication;

import io.millrace.broker.replication.BrokerStandings;
import io.millrace.broker.replication.Digest;
import io.millrace.broker.replication.Replica;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;

/** One broker of the model: its process, its disk and what it knows. Copied before it changes. */
final class ModelBroker implements BrokerStandings {
    static final long UNREGISTERED = -1;

    final int id;
    boolean up = true;

    /** Counts processes. */
    int life;

    /** Registration of this process. */
    long brokerEpoch;

    /** Number of the metadata image that it has applied. */
    int applied;

    MetadataImage image;
    ModelLog log = ModelLog.EMPTY;
    Replica replica;

    /** Appends that wait for the high watermark. */
    List<Unanswered> unanswered = List.of();

    /** An append that its producer has not been told of. */
    record Unanswered(int offset, int epoch, int value) {}

    ModelBroker(int id, MetadataImage image, Replica replica) {
        this.id = id;
        this.image = image;
        this.replica = replica;
    }

    ModelBroker copy() {
        ModelBroker copy = new ModelBroker(id, image, replica.copy());
        copy.up = up;
        copy.life = life;
        copy.brokerEpoch = brokerEpoch;
        copy.applied = applied;
        copy.log = log;
        copy.unanswered = unanswered;
        return copy;
    }

    void wait(Unanswered append) {
        List<Unanswered> more = new ArrayList<>(unanswered);
        more.add(append);
        unanswered = List.copyOf(more);
    }

    @Override
    public long epochOf(int brokerId) {
        BrokerImage broker = image.broker(brokerId);
        return broker == null ? NOT_REGISTERED : broker.epoch();
    }

    @Override
    public boolean isEligible(int brokerId) {
        BrokerImage broker = image.broker(brokerId);
        return broker != null && broker.isEligible();
    }

    void digest(Digest to) {
        to.add(up ? 1 : 0).add(life).add(brokerEpoch).add(applied);
        log.digest(to);
        to.add(replica.fingerprint());
        for (Unanswered append : unanswered) {
            to.add(append.offset).add(append.epoch).add(append.value);
        }
    }

    @Override
    public String toString() {
        return (up ? "" : "(down) ") + replica + " log " + log + " image " + applied;
    }
}
