package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import io.millrace.broker.log.LogDamage;
import io.millrace.broker.log.PartitionLog;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.replication.IsrAnswer;
import io.millrace.broker.replication.IsrProposal;
import io.millrace.broker.replication.Replica;
import io.millrace.broker.replication.Replica.RoleChange;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what the {@link Replica} of a partition decides: begins and ends leading, moves the
 * high watermark when followers have fetched, asks the controller for another ISR. Owned by the
 * partition's owner.
 */
final class PartitionRoles {
    private static final Logger LOGGER = LoggerFactory.getLogger(PartitionRoles.class);

    /** Pause before a proposal is sent again of which nobody knows what became. */
    static final long ISR_RETRY_MS = 200;

    private final TopicPartition id;
    private final UUID topicId;
    private final PartitionIdentity identity;
    private final ReplicaTerms terms;
    private final Clock clock;
    private final EventLoop owner;
    private final PartitionState state;
    private final OwnedLog log;
    private final Replica replica;
    private final AppendQueue appends;
    private final PartitionCopy copy;
    private final AdvanceWaits waits;

    PartitionRoles(
            PartitionIdentity identity,
            PartitionContext context,
            PartitionState state,
            OwnedLog log,
            AppendQueue appends,
            PartitionCopy copy,
            AdvanceWaits waits) {
        this.id = identity.id();
        this.topicId = identity.topicId();
        this.identity = identity;
        this.replica = identity.replica();
        this.terms = context.replicas();
        this.clock = context.clock();
        this.owner = context.owners().loopFor(id);
        this.state = state;
        this.log = log;
        this.appends = appends;
        this.copy = copy;
        this.waits = waits;
    }

    void onMetadata(PartitionImage image) {
        owner.assertInLoop();
        if (log.ended()) {
            return;
        }
        RoleChange change = replica.onMetadata(image, clock.monotonicMs());
        state.actingEpoch(replica.leads() ? replica.leaderEpoch() : -1);
        PartitionLog open = log.get();
        switch (change) {
            case BEGAN_TO_LEAD -> onBeganToLead(open);
            case BEGAN_TO_FOLLOW -> beginToFollow(open);
            case RESIGNED -> {
                LOGGER.atInfo()
                        .addKeyValue("partition", id)
                        .addKeyValue("leader", image.leader())
                        .addKeyValue("epoch", image.leaderEpoch())
                        .log("leads no more");
                appends.onResigned();
                beginToFollow(open);
            }
            case ISR -> onIsr(open);
            case NOTHING -> {
                return;
            }
        }
        if (change != RoleChange.ISR) {
            waits.fireAll();
        }
        if (image.replicas().size() > 1) {
            // Others copy from here, or this copies from another: nobody asks for it first.
            log.open();
        }
    }

    private void beginToFollow(@Nullable PartitionLog open) {
        copy.onBeganToFollow(open);
        LogDamage damage = identity.damages().known();
        if (damage != null && open != null) {
            copy.truncateTo(damage.offset());
        }
    }

    private void onBeganToLead(@Nullable PartitionLog open) {
        copy.onBeganToLead();
        if (open != null) {
            state.actingFrom(replica.epochStartOffset());
            open.leadFrom(replica.leaderEpoch());
            appends.onHighWatermark(open);
        }
    }

    private void onIsr(@Nullable PartitionLog open) {
        if (!replica.leads()) {
            return;
        }
        if (!replica.hasMinIsr()) {
            appends.onTooFewInSync();
        }
        if (open != null) {
            appends.onHighWatermark(open);
        }
    }

    /** The log is open: the replica knows now how far it is. */
    void onOpened(PartitionLog opened) {
        long committed =
                Math.max(
                        opened.logStartOffset(),
                        Math.min(identity.directory().highWatermarkOf(id), opened.endOffset()));
        replica.onOpened(opened.endOffset(), opened.recoveryPoint(), committed);
        state.actingFrom(replica.epochStartOffset());
        appends.onOpened(opened);
        copy.onOpened(opened);
    }

    /** The same log in other files. */
    void onMoved(PartitionLog moved) {
        moved.advanceHighWatermark(replica.highWatermark());
        appends.onOpened(moved);
        appends.onHighWatermark(moved);
        copy.onMoved(moved);
    }

    /**
     * This copy of the log is damaged. A follower gives up what is behind the damage and fetches it
     * again. A leader asks to be replaced by another in-sync replica, and follows then; alone, it
     * serves what is whole.
     */
    void onDamage(LogDamage damage) {
        owner.assertInLoop();
        if (replica.role() == Replica.Role.FOLLOWER) {
            copy.truncateTo(damage.offset());
        } else if (replica.leads()) {
            resignAs(damage);
        }
    }

    private void resignAs(LogDamage damage) {
        List<IsrProposal.Member> others = new ArrayList<>();
        for (int member : replica.isr()) {
            if (member != terms.nodeId()) {
                others.add(new IsrProposal.Member(member, IsrProposal.UNKNOWN_BROKER_EPOCH));
            }
        }
        if (others.isEmpty()) {
            return;
        }
        LOGGER.atWarn()
                .addKeyValue("partition", id)
                .addKeyValue("damagedFrom", damage.offset())
                .addKeyValue("isr", others)
                .log("asks for another leader");
        // What becomes of it comes with the metadata.
        terms.isrChanges()
                .propose(
                        id,
                        topicId,
                        new IsrProposal(replica.leaderEpoch(), replica.partitionEpoch(), others));
    }

    /** What is not acknowledged will not be; readers are woken to be told. */
    void onDirectoryOffline() {
        appends.rejectArrived(ErrorCode.KAFKA_STORAGE_ERROR, id + ": its log directory failed");
        appends.rejectUnsafe(ErrorCode.KAFKA_STORAGE_ERROR, id + ": its log directory failed");
        state.followPoint(null);
        waits.fireAll();
    }

    void onConfig(@Nullable PartitionLog open) {
        replica.onConfig(state.config().minInsyncReplicas(), state.config().flushOnAck());
        if (open != null) {
            open.reconfigure(state.config());
            appends.onHighWatermark(open);
        }
    }

    void onRemoved() {
        state.actingEpoch(-1);
        replica.onRemoved();
        copy.onRemoved();
    }

    /** A follower that was checked for divergence asks for what follows an offset. */
    void onFollowerFetch(
            int brokerId, long brokerEpoch, int fetchEpoch, long fetchOffset, long logStart) {
        owner.assertInLoop();
        PartitionLog open = log.get();
        if (open == null || fetchOffset > open.endOffset()) {
            return;
        }
        boolean moved =
                replica.onFollowerFetch(
                        brokerId,
                        brokerEpoch,
                        fetchEpoch,
                        fetchOffset,
                        logStart,
                        terms.standings().epochOf(brokerId),
                        clock.monotonicMs());
        if (moved) {
            appends.onHighWatermark(open);
        }
        if (replica.wantsToJoin(brokerId, terms.standings())) {
            proposeIsr();
        }
    }

    /** Looks for followers that do not keep up; from time to time. */
    void checkIsr() {
        owner.assertInLoop();
        if (replica.leads() && log.get() != null) {
            proposeIsr();
        }
    }

    private void proposeIsr() {
        IsrProposal proposal =
                replica.propose(clock.monotonicMs(), terms.maxLagMs(), terms.standings());
        if (proposal == null) {
            return;
        }
        LOGGER.atInfo()
                .addKeyValue("partition", id)
                .addKeyValue("isr", replica.isr())
                .addKeyValue("proposed", proposal.isr())
                .log("another ISR is proposed");
        terms.isrChanges()
                .propose(id, topicId, proposal)
                .whenComplete(
                        (answer, failure) ->
                                owner.execute(
                                        () ->
                                                onIsrAnswer(
                                                        proposal,
                                                        failure == null
                                                                ? answer
                                                                : new IsrAnswer.Unknown(
                                                                        failure.toString()))));
    }

    private void onIsrAnswer(IsrProposal asked, IsrAnswer answer) {
        owner.assertInLoop();
        boolean moved = replica.onIsrAnswer(asked, answer);
        PartitionLog open = log.get();
        if (moved && open != null) {
            appends.onHighWatermark(open);
        }
        if (!(answer instanceof IsrAnswer.Committed)) {
            LOGGER.atInfo()
                    .addKeyValue("partition", id)
                    .addKeyValue("proposed", asked.isr())
                    .addKeyValue("answer", answer)
                    .log("the ISR stays for now");
            if (replica.openProposal() != null) {
                owner.schedule(ISR_RETRY_MS, this::checkIsr);
            }
        } else if (replica.leads() && !replica.hasMinIsr()) {
            appends.onTooFewInSync();
        }
    }
}
