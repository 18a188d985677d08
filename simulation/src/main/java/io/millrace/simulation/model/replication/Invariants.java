package io.millrace.simulation.model.replication;

import io.millrace.metadata.image.PartitionImage;
import org.jspecify.annotations.Nullable;

/** What must be true of every state, however it came about. */
final class Invariants {
    private Invariants() {}

    static @Nullable String violated(ModelCluster state) {
        String found = state.wrong;
        for (ModelBroker broker : state.brokers) {
            found = found == null ? epochsRise(broker) : found;
            found = found == null ? leaderHasAll(state, broker) : found;
            for (ModelBroker other : state.brokers) {
                found = found == null ? logsMatch(broker, other) : found;
            }
        }
        return found == null ? inSyncAgree(state) : found;
    }

    /** Leader epochs in a log do not decrease. */
    private static @Nullable String epochsRise(ModelBroker broker) {
        int[] epochs = broker.log.entryEpochs();
        for (int i = 1; i < epochs.length; i++) {
            if (epochs[i] < epochs[i - 1]) {
                return "the log of broker " + broker.id + " goes back to an older epoch at " + i;
            }
        }
        return null;
    }

    /** Whoever leads under the newest epoch has what was acknowledged, and what readers saw. */
    private static @Nullable String leaderHasAll(ModelCluster state, ModelBroker broker) {
        PartitionImage now = state.partition();
        if (!broker.up
                || !broker.replica.leads()
                || broker.replica.leaderEpoch() != now.leaderEpoch()
                || now.leader() != broker.id) {
            return null;
        }
        for (int i = 0; i < state.shownValues.length; i++) {
            if (!broker.log.holds(i, state.shownEpochs[i], state.shownValues[i])) {
                return "broker "
                        + broker.id
                        + " leads without record "
                        + state.shownValues[i]
                        + " at offset "
                        + i
                        + (i < state.acknowledged
                                ? ", which was acknowledged"
                                : ", which was read");
            }
        }
        return null;
    }

    /** The same offset and epoch mean the same record. */
    private static @Nullable String logsMatch(ModelBroker one, ModelBroker other) {
        int common = Math.min(one.log.end(), other.log.end());
        for (int i = 0; i < common; i++) {
            if (one.log.entryEpochs()[i] == other.log.entryEpochs()[i]
                    && one.log.values()[i] != other.log.values()[i]) {
                return "brokers "
                        + one.id
                        + " and "
                        + other.id
                        + " have different records under one epoch at offset "
                        + i;
            }
        }
        return null;
    }

    /** Members of the committed ISR agree on everything below the leader's high watermark. */
    private static @Nullable String inSyncAgree(ModelCluster state) {
        PartitionImage now = state.partition();
        if (!now.hasLeader()) {
            return null;
        }
        ModelBroker leader = state.brokers[now.leader()];
        if (!leader.up || leader.replica.leaderEpoch() != now.leaderEpoch()) {
            return null;
        }
        for (int id : now.isr()) {
            ModelBroker member = state.brokers[id];
            if (!member.up || !ReplicationModel.isRegistered(member, state.committed())) {
                continue;
            }
            for (int i = 0; i < leader.replica.highWatermark(); i++) {
                if (i >= leader.log.end()
                        || !member.log.holds(
                                i, leader.log.entryEpochs()[i], leader.log.values()[i])) {
                    return "broker " + id + " is in sync without the committed offset " + i;
                }
            }
        }
        return null;
    }
}
