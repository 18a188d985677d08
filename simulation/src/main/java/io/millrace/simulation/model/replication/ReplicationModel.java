package io.millrace.simulation.model.replication;

import io.millrace.broker.controller.ControlRules;
import io.millrace.broker.replication.Replica;
import io.millrace.broker.replication.SafetyRules;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.TopicCreated;
import io.millrace.simulation.model.Model;
import io.millrace.simulation.model.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Three brokers hold one partition. Producers append, followers fetch, leaders propose ISRs, the
 * controller decides, brokers crash and lose what was not on their devices; messages are delayed,
 * overtake each other and get lost, metadata arrives late. Every decision is that of production
 * code: {@link Replica}, {@code Divergence}, {@code LeaderEpochs}, and the controller's plans over
 * {@link MetadataImage}. The controller is one and does not fail; the log of metadata is in order.
 */
public final class ReplicationModel implements Model<ModelCluster> {
    private static final int BROKERS = 3;

    private final Bounds bounds;
    private final BrokerSteps brokers;
    private final ControlSteps control;
    private final Set<SafetyRules> rules;

    /**
     * A model with rules left out.
     *
     * @param catchUp whether a broker acts on nothing older than its own registration
     */
    public record Rules(Set<SafetyRules> replica, Set<ControlRules> controller, boolean catchUp) {

        /** Those of production. */
        public static Rules all() {
            return new Rules(SafetyRules.all(), ControlRules.all(), true);
        }
    }

    public ReplicationModel(Bounds bounds, Rules rules) {
        this.bounds = bounds;
        this.rules = rules.replica();
        this.brokers = new BrokerSteps(bounds, rules);
        this.control = new ControlSteps(bounds, rules);
    }

    @Override
    public ModelCluster initial() {
        ImageEditor editor = new ImageEditor(MetadataImage.EMPTY);
        List<MetadataRecord> records = new ArrayList<>();
        List<Integer> all = new ArrayList<>();
        for (int id = 0; id < BROKERS; id++) {
            all.add(id);
            UUID directory = ControlSteps.directory(id);
            records.add(
                    new BrokerRegistration(
                            id,
                            id,
                            ControlSteps.incarnation(id, 0),
                            directory,
                            List.of(),
                            null,
                            false,
                            false,
                            List.of(directory),
                            new TreeMap<>()));
        }
        records.add(new TopicCreated(ModelCluster.TOPIC, "t"));
        records.add(
                new PartitionRecord(
                        ModelCluster.TOPIC,
                        0,
                        all,
                        all.subList(0, bounds.inSync()),
                        List.of(),
                        0,
                        0,
                        0));
        records.forEach(editor::apply);
        MetadataImage image = editor.finish(new LogPosition(1, records.size() - 1L, 0)).after();
        ModelBroker[] there = new ModelBroker[BROKERS];
        for (int id = 0; id < BROKERS; id++) {
            Replica replica = new Replica(id, rules);
            replica.onConfig(bounds.minIsr(), bounds.flushOnAck());
            replica.onOpened(0, 0, 0);
            there[id] = new ModelBroker(id, image, replica);
            there[id].brokerEpoch = id;
            replica.onMetadata(ModelCluster.partitionIn(image), 0);
        }
        return new ModelCluster(List.of(image), there);
    }

    @Override
    public List<Step<ModelCluster>> steps(ModelCluster state) {
        List<Step<ModelCluster>> steps = new ArrayList<>();
        if (state.wrong != null) {
            return steps;
        }
        for (ModelBroker broker : state.brokers) {
            if (broker.up) {
                brokers.add(state, broker, steps);
            }
            control.add(state, broker, steps);
        }
        brokers.addDeliveries(state, steps);
        control.addDeliveries(state, steps);
        return steps;
    }

    @Override
    public @Nullable String violation(ModelCluster state) {
        return Invariants.violated(state);
    }

    @Override
    public long fingerprint(ModelCluster state) {
        return state.fingerprint();
    }

    /** A step that changes a copy of the state. */
    static Step<ModelCluster> step(
            ModelCluster state, Supplier<String> name, Consumer<ModelCluster> change) {
        return new Step<>(
                name,
                () -> {
                    ModelCluster next = state.copy();
                    change.accept(next);
                    return next;
                });
    }

    /** Whether the broker is what the metadata knows by its id. */
    static boolean isRegistered(ModelBroker broker, MetadataImage image) {
        BrokerImage known = image.broker(broker.id);
        return known != null && known.epoch() == broker.brokerEpoch;
    }
}
