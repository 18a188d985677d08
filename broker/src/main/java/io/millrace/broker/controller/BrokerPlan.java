package io.millrace.broker.controller;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.BrokerChange;
import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.ProducerIdBlock;
import io.millrace.metadata.record.UnregisterBroker;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Decides about brokers: register, fence, unfence, let go; and hands out producer ids. Pure. */
public final class BrokerPlan {
    /** Ids in one block. */
    static final int PRODUCER_IDS = 1_000;

    private final Basis basis;
    private final MetadataImage image;
    private final Leadership leadership;

    public BrokerPlan(Basis basis) {
        this.basis = basis;
        this.image = basis.image();
        this.leadership = new Leadership(basis);
    }

    /**
     * Registers, fenced. What an unclean stop may have lost is settled in the same change.
     *
     * @param nextOffset offset the first record of this decision will have
     */
    public Decision<Long> register(BrokerJoin join, long nextOffset) {
        BrokerImage before = image.broker(join.brokerId());
        if (before != null && before.incarnation().equals(join.incarnation())) {
            // The same process asks again: its first answer was lost.
            return Decision.unchanged(before.epoch());
        }
        new FeaturePlan(image).refuseUnlessSupportedBy(join);
        List<MetadataRecord> records = new ArrayList<>();
        records.add(
                new BrokerRegistration(
                        join.brokerId(),
                        nextOffset,
                        join.incarnation(),
                        join.directoryId(),
                        join.endpoints(),
                        join.rack().orElse(null),
                        true,
                        false,
                        join.directories(),
                        join.features()));
        boolean clean =
                before != null
                        && join.cleanShutdownEpoch().isPresent()
                        && join.cleanShutdownEpoch().getAsLong() == before.epoch()
                        && join.directoryId().equals(before.registration().directoryId());
        Set<UUID> gone = new HashSet<>();
        if (before != null) {
            gone.addAll(before.registration().directories());
        }
        join.directories().forEach(gone::remove);
        boolean allThere = gone.isEmpty();
        // Where nobody said which directory a replica is in, it may be in one that is gone.
        records.addAll(
                leadership.restart(
                        join.brokerId(),
                        clean,
                        directory -> allThere || join.directories().contains(directory)));
        return new Decision<>(records, nextOffset);
    }

    /**
     * A sign of life.
     *
     * @param admitted whether a fenced broker may be unfenced: its session lives, and it was not
     *     fenced too often of late
     */
    public Decision<BeatAnswer> beat(BrokerBeat beat, boolean admitted) {
        BrokerImage broker = current(image, beat.brokerId(), beat.brokerEpoch());
        boolean caughtUp =
                beat.metadataOffset() >= broker.epoch()
                        || !basis.has(ControlRules.UNFENCED_WHEN_CAUGHT_UP);
        if (beat.wantsShutdown()) {
            return beginShutdown(broker, caughtUp);
        }
        Set<UUID> failed = new TreeSet<>(beat.failedDirectories());
        failed.retainAll(broker.registration().directories());
        boolean nothingWorks = failed.size() == broker.registration().directories().size();
        boolean unusable = beat.wantsFence() || !failed.isEmpty() && nothingWorks;
        if (unusable) {
            BeatAnswer answer = new BeatAnswer(caughtUp, true, false);
            return broker.fenced()
                    ? Decision.unchanged(answer)
                    : Decision.inParts(fence(Set.of(broker.id())), answer);
        }
        if (!failed.isEmpty()) {
            return new Decision<>(
                    loseDirectories(broker, failed),
                    new BeatAnswer(caughtUp, broker.fenced(), false));
        }
        if (!broker.fenced() || !caughtUp || !admitted) {
            return Decision.unchanged(new BeatAnswer(caughtUp, broker.fenced(), false));
        }
        List<MetadataRecord> records = new ArrayList<>();
        records.add(
                new BrokerChange(
                        broker.id(), broker.epoch(), false, broker.inControlledShutdown()));
        if (!broker.inControlledShutdown()) {
            records.addAll(leadership.arrive(broker.id()));
        }
        return Decision.inParts(records, new BeatAnswer(true, false, false));
    }

    private List<MetadataRecord> loseDirectories(BrokerImage broker, Set<UUID> failed) {
        List<UUID> working = new ArrayList<>(broker.registration().directories());
        working.removeAll(failed);
        List<MetadataRecord> records = new ArrayList<>();
        records.add(
                new BrokerChange(
                        broker.id(),
                        broker.epoch(),
                        broker.fenced(),
                        broker.inControlledShutdown(),
                        working));
        records.addAll(leadership.loseDirectories(broker.id(), failed));
        return records;
    }

    /** These brokers are dead, or may be. All at once, so that none of them inherits. */
    public List<MetadataRecord> fence(Set<Integer> ids) {
        List<MetadataRecord> records = new ArrayList<>();
        Set<Integer> fenced = new TreeSet<>();
        for (int id : new TreeSet<>(ids)) {
            BrokerImage broker = image.broker(id);
            if (broker != null && !broker.fenced()) {
                fenced.add(id);
                records.add(
                        new BrokerChange(id, broker.epoch(), true, broker.inControlledShutdown()));
            }
        }
        records.addAll(leadership.leave(fenced));
        return records;
    }

    private Decision<BeatAnswer> beginShutdown(BrokerImage broker, boolean caughtUp) {
        BeatAnswer answer = new BeatAnswer(caughtUp, broker.fenced(), true);
        if (broker.inControlledShutdown()) {
            return Decision.unchanged(answer);
        }
        List<MetadataRecord> records = new ArrayList<>();
        records.add(new BrokerChange(broker.id(), broker.epoch(), broker.fenced(), true));
        records.addAll(leadership.leave(Set.of(broker.id())));
        return Decision.inParts(records, answer);
    }

    /** An operator says that the broker will not come back. */
    public Decision<Void> unregister(int brokerId) {
        BrokerImage broker = image.broker(brokerId);
        if (broker == null) {
            throw new ApiException(
                    ErrorCode.BROKER_ID_NOT_REGISTERED,
                    "broker " + brokerId + " is not registered");
        }
        if (!broker.fenced()) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUEST, "broker " + brokerId + " runs; stop it first");
        }
        List<MetadataRecord> records = new ArrayList<>(leadership.forget(brokerId));
        records.add(new UnregisterBroker(brokerId, broker.epoch()));
        return changed(records);
    }

    public Decision<ProducerIdRange> allocateProducerIds(int brokerId, long brokerEpoch) {
        current(image, brokerId, brokerEpoch);
        long first = image.nextProducerId();
        long end = first + PRODUCER_IDS;
        return new Decision<>(
                List.of(new ProducerIdBlock(brokerId, brokerEpoch, end)),
                new ProducerIdRange(first, end));
    }

    /** The broker, if this is its present registration; {@code STALE_BROKER_EPOCH} else. */
    static BrokerImage current(MetadataImage image, int brokerId, long brokerEpoch) {
        BrokerImage broker = image.broker(brokerId);
        if (broker == null || broker.epoch() != brokerEpoch) {
            throw new ApiException(
                    ErrorCode.STALE_BROKER_EPOCH,
                    "broker "
                            + brokerId
                            + " with epoch "
                            + brokerEpoch
                            + (broker == null
                                    ? " is not registered"
                                    : " is registered with epoch " + broker.epoch()));
        }
        return broker;
    }

    @SuppressWarnings("NullAway") // Void has no other value.
    private static Decision<Void> changed(List<MetadataRecord> records) {
        return new Decision<>(records, null);
    }
}
