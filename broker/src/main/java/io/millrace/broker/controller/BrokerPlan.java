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
import java.util.List;

/** Decides about brokers: register, fence, unfence, let go; and hands out producer ids. Pure. */
final class BrokerPlan {
    /** Ids in one block. */
    static final int PRODUCER_IDS = 1_000;

    private final MetadataImage image;
    private final LeaderElection election;

    BrokerPlan(MetadataImage image, LeaderElection election) {
        this.image = image;
        this.election = election;
    }

    /**
     * Registers, fenced. What an unclean stop may have lost is settled in the same change.
     *
     * @param nextOffset offset the first record of this decision will have
     */
    Decision<Long> register(BrokerJoin join, long nextOffset) {
        BrokerImage before = image.broker(join.brokerId());
        if (before != null && before.incarnation().equals(join.incarnation())) {
            // The same process asks again: its first answer was lost.
            return Decision.unchanged(before.epoch());
        }
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
        if (before != null) {
            boolean clean =
                    join.cleanShutdownEpoch().isPresent()
                            && join.cleanShutdownEpoch().getAsLong() == before.epoch()
                            && join.directoryId().equals(before.registration().directoryId());
            if (!clean) {
                records.addAll(election.lostTail(join.brokerId()));
            }
        }
        return new Decision<>(records, nextOffset);
    }

    Decision<BeatAnswer> beat(BrokerBeat beat) {
        BrokerImage broker = checked(beat.brokerId(), beat.brokerEpoch());
        boolean caughtUp = beat.metadataOffset() >= broker.epoch();
        if (beat.wantsShutdown()) {
            return beginShutdown(broker, caughtUp);
        }
        if (beat.wantsFence() && !broker.fenced()) {
            return new Decision<>(fence(broker), new BeatAnswer(caughtUp, true, false));
        }
        if (!broker.fenced() || beat.wantsFence() || !caughtUp) {
            return Decision.unchanged(new BeatAnswer(caughtUp, broker.fenced(), false));
        }
        List<MetadataRecord> records = new ArrayList<>();
        records.add(
                new BrokerChange(
                        broker.id(), broker.epoch(), false, broker.inControlledShutdown()));
        records.addAll(election.arrive(broker.id()));
        return new Decision<>(records, new BeatAnswer(true, false, false));
    }

    /** The broker's session is over. */
    List<MetadataRecord> fence(BrokerImage broker) {
        List<MetadataRecord> records = new ArrayList<>();
        records.add(
                new BrokerChange(broker.id(), broker.epoch(), true, broker.inControlledShutdown()));
        records.addAll(election.leave(broker.id()));
        return records;
    }

    private Decision<BeatAnswer> beginShutdown(BrokerImage broker, boolean caughtUp) {
        BeatAnswer answer = new BeatAnswer(caughtUp, broker.fenced(), true);
        if (broker.inControlledShutdown()) {
            return Decision.unchanged(answer);
        }
        List<MetadataRecord> records = new ArrayList<>();
        records.add(new BrokerChange(broker.id(), broker.epoch(), broker.fenced(), true));
        records.addAll(election.leave(broker.id()));
        return new Decision<>(records, answer);
    }

    /** An operator says that the broker will not come back. */
    Decision<Void> unregister(int brokerId) {
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
        return changed(List.of(new UnregisterBroker(brokerId, broker.epoch())));
    }

    Decision<ProducerIdRange> allocateProducerIds(int brokerId, long brokerEpoch) {
        checked(brokerId, brokerEpoch);
        long first = image.nextProducerId();
        long end = first + PRODUCER_IDS;
        return new Decision<>(
                List.of(new ProducerIdBlock(brokerId, brokerEpoch, end)),
                new ProducerIdRange(first, end));
    }

    private BrokerImage checked(int brokerId, long brokerEpoch) {
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
