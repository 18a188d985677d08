package io.millrace.broker.replication;

import io.millrace.metadata.image.PartitionImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one broker knows of one partition that it holds, and what follows from it: who leads, how
 * far everybody is, what is committed (KIP-101, 320, 497, 841, 903, 966). Decides only: it has no
 * log, no clock and no network; its owner tells it what happened and does what it says. Changes in
 * place, in the methods called {@code on…} and {@code propose}; {@link #copy()} and {@link #equals}
 * let a test walk through every order of events.
 */
public final class Replica {
    private static final FollowerProgress[] NOBODY = {};

    /** What this broker is to the partition. */
    public enum Role {
        /** The metadata has not said anything yet, or somebody removed it. */
        NONE,
        LEADER,
        FOLLOWER
    }

    private final int nodeId;
    private final Set<SafetyRules> rules;
    private Role role = Role.NONE;
    private int leader = -1;
    private int leaderEpoch = -1;
    private int partitionEpoch = -1;

    /** Everybody who holds the partition except this broker. */
    private FollowerProgress[] followers = NOBODY;

    private boolean selfInIsr;
    private int isrSize;

    /** What is proposed; null if the committed ISR is what it should be, as far as is known. */
    private @Nullable IsrProposal proposal;

    private boolean proposalInFlight;

    /** Some attempt went out of which nobody knows what became. */
    private boolean outcomeUnknown;

    /** Nothing more is proposed before the metadata log has spoken. */
    private boolean awaitsMetadata;

    private int minIsr = 1;
    private boolean flushOnAck;
    private long endOffset;
    private long flushedOffset;
    private long highWatermark;

    /** Where the log ended when this broker began to lead under this epoch. */
    private long epochStartOffset;

    public Replica(int nodeId, Set<SafetyRules> rules) {
        this.nodeId = nodeId;
        this.rules = Collections.unmodifiableSet(EnumSet.copyOf(rules));
    }

    /** The topic's {@code min.insync.replicas} and {@code flush.on.ack}. */
    public boolean onConfig(int minInsyncReplicas, boolean flushBeforeAck) {
        minIsr = minInsyncReplicas;
        flushOnAck = flushBeforeAck;
        return raiseHighWatermark();
    }

    /** The log is open now: where it ends, and what is known to be committed of it. */
    public boolean onOpened(long logEnd, long flushed, long committed) {
        endOffset = logEnd;
        flushedOffset = flushed;
        highWatermark = committed;
        epochStartOffset = logEnd;
        return raiseHighWatermark();
    }

    // ---- what the metadata says ----

    /**
     * The metadata log says something about the partition.
     *
     * @return what changed for this broker
     */
    public RoleChange onMetadata(PartitionImage state, long nowMs) {
        boolean newer = state.partitionEpoch() > partitionEpoch;
        if (!newer && rules.contains(SafetyRules.METADATA_NEVER_GOES_BACK)) {
            return RoleChange.NOTHING;
        }
        Role before = role;
        boolean newEpoch = state.leaderEpoch() != leaderEpoch || role == Role.NONE;
        partitionEpoch = state.partitionEpoch();
        leaderEpoch = state.leaderEpoch();
        leader = state.leader();
        role = leader == nodeId ? Role.LEADER : Role.FOLLOWER;
        boolean newLeadership = role == Role.LEADER && (newEpoch || before != Role.LEADER);
        takeReplicas(state.replicas(), newLeadership, nowMs);
        takeIsr(state.isr());
        if (newLeadership) {
            epochStartOffset = endOffset;
        }
        raiseHighWatermark();
        if (newLeadership) {
            return RoleChange.BEGAN_TO_LEAD;
        }
        if (role == Role.LEADER) {
            return RoleChange.ISR;
        }
        if (before == Role.LEADER) {
            return RoleChange.RESIGNED;
        }
        return newEpoch ? RoleChange.BEGAN_TO_FOLLOW : RoleChange.ISR;
    }

    /** What a round of metadata changed. */
    public enum RoleChange {
        NOTHING,
        /** Leads under a new epoch. */
        BEGAN_TO_LEAD,
        /** Followed before too, under another epoch. */
        BEGAN_TO_FOLLOW,
        /** Led until now. */
        RESIGNED,
        /** Leader and epoch are as before; replicas or ISR are not. */
        ISR
    }

    /** The partition is not this broker's any more. */
    public void onRemoved() {
        role = Role.NONE;
        leader = -1;
        followers = NOBODY;
        dropProposal();
    }

    private void takeReplicas(List<Integer> replicas, boolean newLeadership, long nowMs) {
        FollowerProgress[] next = new FollowerProgress[replicas.size()];
        int count = 0;
        for (int id : replicas) {
            if (id == nodeId) {
                continue;
            }
            FollowerProgress known = find(id);
            if (known == null) {
                known = new FollowerProgress(id);
                known.forget(nowMs);
            } else if ((newLeadership || role != Role.LEADER)
                    && rules.contains(SafetyRules.NEW_EPOCH_FORGETS_PROGRESS)) {
                known.forget(nowMs);
            }
            next[count++] = known;
        }
        followers = count == next.length ? next : java.util.Arrays.copyOf(next, count);
    }

    private void takeIsr(List<Integer> isr) {
        selfInIsr = isr.contains(nodeId);
        isrSize = isr.size();
        for (FollowerProgress follower : followers) {
            follower.inIsr = isr.contains(follower.brokerId());
        }
        // Every proposal named the epoch before: what is not committed now never will be.
        dropProposal();
    }

    private void dropProposal() {
        proposal = null;
        proposalInFlight = false;
        outcomeUnknown = false;
        awaitsMetadata = false;
        for (FollowerProgress follower : followers) {
            follower.proposed = false;
        }
    }

    private @Nullable FollowerProgress find(int brokerId) {
        for (FollowerProgress follower : followers) {
            if (follower.brokerId() == brokerId) {
                return follower;
            }
        }
        return null;
    }

    // ---- as leader ----

    /** Whether acks=all may be appended now. */
    public boolean mayAppendForAll() {
        return hasMinIsr() || !rules.contains(SafetyRules.APPEND_NEEDS_MIN_ISR);
    }

    /** Whether enough replicas are in sync; a partition needs no more than it has. */
    public boolean hasMinIsr() {
        return isrSize >= effectiveMinIsr();
    }

    public int effectiveMinIsr() {
        return Math.min(minIsr, followers.length + 1);
    }

    /**
     * The leader's log grew, or more of it is on the device.
     *
     * @return whether the high watermark moved
     */
    public boolean onOwnProgress(long logEnd, long flushed) {
        endOffset = logEnd;
        flushedOffset = flushed;
        return raiseHighWatermark();
    }

    /**
     * A follower asks for records from an offset on: it has everything before. The leader has
     * compared their epochs before it tells this.
     *
     * @param fetchEpoch leader epoch that the follower follows
     * @param registeredEpoch of the broker's present registration
     * @return whether the high watermark moved
     */
    public boolean onFollowerFetch(
            int brokerId,
            long brokerEpoch,
            int fetchEpoch,
            long fetchOffset,
            long logStartOffset,
            long registeredEpoch,
            long nowMs) {
        if (role != Role.LEADER
                || (fetchEpoch != leaderEpoch
                        && rules.contains(SafetyRules.FOLLOWER_COUNTS_IN_CURRENT_EPOCH))) {
            return false;
        }
        FollowerProgress follower = find(brokerId);
        if (follower == null) {
            return false;
        }
        boolean stale = brokerEpoch < follower.brokerEpoch || brokerEpoch < registeredEpoch;
        if (stale && rules.contains(SafetyRules.FETCH_OF_CURRENT_BROKER_EPOCH)) {
            return false;
        }
        if (brokerEpoch != follower.brokerEpoch) {
            follower.forgetPosition();
        }
        follower.brokerEpoch = brokerEpoch;
        follower.onFetch(fetchOffset, logStartOffset, endOffset, nowMs);
        return raiseHighWatermark();
    }

    /**
     * The high watermark follows the slowest of those who are in the ISR or may be.
     *
     * @return whether it moved
     */
    private boolean raiseHighWatermark() {
        if (role != Role.LEADER) {
            return false;
        }
        if (!hasMinIsr() && rules.contains(SafetyRules.HIGH_WATERMARK_NEEDS_MIN_ISR)) {
            return false;
        }
        boolean maximal = rules.contains(SafetyRules.HIGH_WATERMARK_OVER_MAXIMAL_ISR);
        long common = countedOwnEnd();
        for (FollowerProgress follower : followers) {
            if (follower.inIsr || (maximal && follower.proposed)) {
                common = Math.min(common, follower.endOffset);
            }
        }
        if (common == highWatermark || common == FollowerProgress.UNKNOWN_OFFSET) {
            return false;
        }
        if (common < highWatermark && rules.contains(SafetyRules.HIGH_WATERMARK_NEVER_FALLS)) {
            return false;
        }
        highWatermark = common;
        return true;
    }

    private long countedOwnEnd() {
        return flushOnAck && rules.contains(SafetyRules.LEADER_COUNTS_FLUSHED)
                ? Math.min(flushedOffset, endOffset)
                : endOffset;
    }

    // ---- the ISR ----

    /** Whether a follower is out of the ISR and could be in it; cheap, after each fetch. */
    public boolean wantsToJoin(int brokerId, BrokerStandings standings) {
        FollowerProgress follower = find(brokerId);
        return role == Role.LEADER
                && follower != null
                && !follower.inIsr
                && !follower.proposed
                && mayJoin(follower, standings);
    }

    // KAFKA-15221: the checks and the proposal use one state of the follower, that of its last
    // fetch; nothing comes between them, since the owner does one thing at a time.
    private boolean mayJoin(FollowerProgress follower, BrokerStandings standings) {
        if (follower.endOffset == FollowerProgress.UNKNOWN_OFFSET) {
            return false;
        }
        if (follower.endOffset < highWatermark
                && rules.contains(SafetyRules.JOIN_AT_HIGH_WATERMARK)) {
            return false;
        }
        if (follower.endOffset < epochStartOffset
                && rules.contains(SafetyRules.JOIN_AT_EPOCH_START)) {
            return false;
        }
        if (standings.epochOf(follower.brokerId()) != follower.brokerEpoch
                && rules.contains(SafetyRules.JOIN_WITH_REGISTERED_EPOCH)) {
            return false;
        }
        return standings.isEligible(follower.brokerId())
                || !rules.contains(SafetyRules.JOIN_WHEN_ELIGIBLE);
    }

    /**
     * The ISR to propose now, if it should change or an earlier proposal is open: who caught up
     * comes in, who did not for {@code maxLagMs} goes. The answer is due at {@link #onIsrAnswer}.
     */
    public @Nullable IsrProposal propose(long nowMs, long maxLagMs, BrokerStandings standings) {
        if (role != Role.LEADER || awaitsMetadata) {
            return null;
        }
        if (proposalInFlight && rules.contains(SafetyRules.ONE_PROPOSAL_AT_A_TIME)) {
            return null;
        }
        if (proposal == null || !rules.contains(SafetyRules.ONE_PROPOSAL_AT_A_TIME)) {
            if (!shouldChange(nowMs, maxLagMs, standings)) {
                return null;
            }
            proposal = newProposal(nowMs, maxLagMs, standings);
            markProposed(proposal);
        }
        proposalInFlight = true;
        return proposal;
    }

    private boolean shouldChange(long nowMs, long maxLagMs, BrokerStandings standings) {
        for (FollowerProgress follower : followers) {
            if (follower.inIsr != belongs(follower, nowMs, maxLagMs, standings)) {
                return true;
            }
        }
        return false;
    }

    private boolean belongs(
            FollowerProgress follower, long nowMs, long maxLagMs, BrokerStandings standings) {
        return follower.inIsr
                ? !follower.lags(endOffset, nowMs, maxLagMs)
                // Who does not fetch is not let in, or it would come and go for ever.
                : nowMs - follower.fetchMs <= maxLagMs && mayJoin(follower, standings);
    }

    private IsrProposal newProposal(long nowMs, long maxLagMs, BrokerStandings standings) {
        List<IsrProposal.Member> isr = new ArrayList<>(followers.length + 1);
        isr.add(new IsrProposal.Member(nodeId, standings.epochOf(nodeId)));
        for (FollowerProgress follower : followers) {
            if (belongs(follower, nowMs, maxLagMs, standings)) {
                isr.add(new IsrProposal.Member(follower.brokerId(), follower.brokerEpoch));
            }
        }
        return new IsrProposal(leaderEpoch, partitionEpoch, isr);
    }

    private void markProposed(IsrProposal now) {
        for (FollowerProgress follower : followers) {
            follower.proposed = now.contains(follower.brokerId());
        }
    }

    /**
     * The controller answered, or did not.
     *
     * @return whether the high watermark moved
     */
    public boolean onIsrAnswer(IsrProposal asked, IsrAnswer answer) {
        if (answer instanceof IsrAnswer.Committed committed) {
            return onCommitted(committed);
        }
        if (!asked.equals(proposal)) {
            return false; // The metadata log was quicker.
        }
        proposalInFlight = false;
        if (answer instanceof IsrAnswer.Superseded) {
            awaitsMetadata = true;
            return false;
        }
        if (answer instanceof IsrAnswer.Unknown) {
            if (rules.contains(SafetyRules.UNKNOWN_OUTCOME_STAYS_PENDING)) {
                outcomeUnknown = true;
                return false;
            }
            dropProposal();
            return raiseHighWatermark();
        }
        if (outcomeUnknown && rules.contains(SafetyRules.UNKNOWN_OUTCOME_STAYS_PENDING)) {
            // An earlier attempt may still be on its way. Proposing what is committed already
            // raises the partition's epoch, and with that it can no longer be taken.
            proposal = committedIsr();
            return false;
        }
        dropProposal();
        return raiseHighWatermark();
    }

    private boolean onCommitted(IsrAnswer.Committed committed) {
        if (committed.leaderEpoch() != leaderEpoch
                || role != Role.LEADER
                || committed.partitionEpoch() <= partitionEpoch) {
            return false;
        }
        partitionEpoch = committed.partitionEpoch();
        takeIsr(committed.isr());
        return raiseHighWatermark();
    }

    private IsrProposal committedIsr() {
        List<IsrProposal.Member> isr = new ArrayList<>(followers.length + 1);
        isr.add(new IsrProposal.Member(nodeId, IsrProposal.UNKNOWN_BROKER_EPOCH));
        for (FollowerProgress follower : followers) {
            if (follower.inIsr) {
                isr.add(new IsrProposal.Member(follower.brokerId(), follower.brokerEpoch));
            }
        }
        return new IsrProposal(leaderEpoch, partitionEpoch, isr);
    }

    // ---- as follower ----

    /** Whether an answer to a fetch under this epoch may be taken. */
    public boolean takesAnswerOf(int epoch) {
        return role == Role.FOLLOWER
                && (epoch == leaderEpoch || !rules.contains(SafetyRules.ANSWER_OF_CURRENT_EPOCH));
    }

    /**
     * The leader's records are in the log, or there were none.
     *
     * @return whether the high watermark moved
     */
    public boolean onReplicated(long logEnd, long flushed, long leaderHighWatermark) {
        endOffset = logEnd;
        flushedOffset = flushed;
        long known =
                rules.contains(SafetyRules.FOLLOWER_HIGH_WATERMARK_WITHIN_LOG)
                        ? Math.min(leaderHighWatermark, logEnd)
                        : leaderHighWatermark;
        if (known == highWatermark
                || (known < highWatermark
                        && rules.contains(SafetyRules.HIGH_WATERMARK_NEVER_FALLS))) {
            return false;
        }
        highWatermark = known;
        return true;
    }

    /** More of a follower's log is on the device. */
    public void onFlushed(long flushed) {
        flushedOffset = Math.max(flushedOffset, flushed);
    }

    /**
     * The log was cut, or begun anew. Below the high watermark that happens only after an unclean
     * election: then the records are gone, and it says so.
     */
    public void onTruncated(long logStart, long logEnd, long flushed) {
        endOffset = logEnd;
        flushedOffset = flushed;
        highWatermark = Math.max(logStart, Math.min(highWatermark, logEnd));
        epochStartOffset = logEnd;
    }

    /** Whether a follower may ask for what follows the end of its log: that says it has it all. */
    public boolean mayAcknowledge() {
        return !flushOnAck
                || flushedOffset >= endOffset
                || !rules.contains(SafetyRules.FOLLOWER_ACKNOWLEDGES_FLUSHED);
    }

    // ---- what others may know ----

    public boolean keeps(SafetyRules rule) {
        return rules.contains(rule);
    }

    public Set<SafetyRules> rules() {
        return rules;
    }

    public Role role() {
        return role;
    }

    public boolean leads() {
        return role == Role.LEADER;
    }

    /** Node that leads, or -1 if none does. */
    public int leader() {
        return leader;
    }

    public int leaderEpoch() {
        return leaderEpoch;
    }

    public int partitionEpoch() {
        return partitionEpoch;
    }

    public long highWatermark() {
        return highWatermark;
    }

    public long endOffset() {
        return endOffset;
    }

    public long flushedOffset() {
        return flushedOffset;
    }

    public long epochStartOffset() {
        return epochStartOffset;
    }

    /** Whether a broker is among those that hold the partition; this one is not asked for. */
    public boolean hasFollower(int brokerId) {
        return find(brokerId) != null;
    }

    /** In-sync replicas, by the committed state. */
    public List<Integer> isr() {
        List<Integer> isr = new ArrayList<>(isrSize);
        if (selfInIsr) {
            isr.add(nodeId);
        }
        for (FollowerProgress follower : followers) {
            if (follower.inIsr) {
                isr.add(follower.brokerId());
            }
        }
        return isr;
    }

    public int isrSize() {
        return isrSize;
    }

    /** The proposal that is open, if there is one. */
    public @Nullable IsrProposal openProposal() {
        return proposal;
    }

    /** Where a follower's log ends, as far as it said in this epoch; -1 if it did not. */
    public long endOffsetOf(int brokerId) {
        FollowerProgress follower = find(brokerId);
        return follower == null ? FollowerProgress.UNKNOWN_OFFSET : follower.endOffset;
    }

    /** Lowest log start among the followers that told theirs. */
    public long lowestLogStart(long own) {
        long lowest = own;
        for (FollowerProgress follower : followers) {
            if (follower.logStartOffset != FollowerProgress.UNKNOWN_OFFSET) {
                lowest = Math.min(lowest, follower.logStartOffset);
            }
        }
        return lowest;
    }

    public Replica copy() {
        Replica copy = new Replica(nodeId, rules);
        copy.role = role;
        copy.leader = leader;
        copy.leaderEpoch = leaderEpoch;
        copy.partitionEpoch = partitionEpoch;
        copy.followers = new FollowerProgress[followers.length];
        for (int i = 0; i < followers.length; i++) {
            copy.followers[i] = followers[i].copy();
        }
        copy.selfInIsr = selfInIsr;
        copy.isrSize = isrSize;
        copy.proposal = proposal;
        copy.proposalInFlight = proposalInFlight;
        copy.outcomeUnknown = outcomeUnknown;
        copy.awaitsMetadata = awaitsMetadata;
        copy.minIsr = minIsr;
        copy.flushOnAck = flushOnAck;
        copy.endOffset = endOffset;
        copy.flushedOffset = flushedOffset;
        copy.highWatermark = highWatermark;
        copy.epochStartOffset = epochStartOffset;
        return copy;
    }

    /** 64 bits that differ for different states, but for rare accidents; for a search of states. */
    public long fingerprint() {
        Digest digest = new Digest();
        digest.add(role.ordinal()).add(leader).add(leaderEpoch).add(partitionEpoch);
        for (FollowerProgress follower : followers) {
            follower.digest(digest);
        }
        digest.add(selfInIsr ? 1 : 0).add(isrSize).add(proposal == null ? 0 : proposal.digest());
        digest.add(proposalInFlight ? 1 : 0).add(outcomeUnknown ? 1 : 0);
        digest.add(awaitsMetadata ? 1 : 0).add(minIsr).add(flushOnAck ? 1 : 0);
        digest.add(endOffset).add(flushedOffset).add(highWatermark).add(epochStartOffset);
        return digest.value();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Replica other
                && nodeId == other.nodeId
                && role == other.role
                && leader == other.leader
                && leaderEpoch == other.leaderEpoch
                && partitionEpoch == other.partitionEpoch
                && java.util.Arrays.equals(followers, other.followers)
                && selfInIsr == other.selfInIsr
                && isrSize == other.isrSize
                && Objects.equals(proposal, other.proposal)
                && proposalInFlight == other.proposalInFlight
                && outcomeUnknown == other.outcomeUnknown
                && awaitsMetadata == other.awaitsMetadata
                && minIsr == other.minIsr
                && flushOnAck == other.flushOnAck
                && endOffset == other.endOffset
                && flushedOffset == other.flushedOffset
                && highWatermark == other.highWatermark
                && epochStartOffset == other.epochStartOffset;
    }

    @Override
    public int hashCode() {
        int hash = Objects.hash(nodeId, role, leaderEpoch, partitionEpoch, isrSize, proposal);
        hash = 31 * hash + java.util.Arrays.hashCode(followers);
        hash = 31 * hash + Long.hashCode(endOffset * 31 + flushedOffset);
        return 31 * hash + Long.hashCode(highWatermark * 31 + epochStartOffset);
    }

    @Override
    public String toString() {
        return nodeId
                + " "
                + role
                + " epoch "
                + leaderEpoch
                + "/"
                + partitionEpoch
                + " end "
                + endOffset
                + " hw "
                + highWatermark
                + " isr "
                + isr()
                + " "
                + List.of(followers);
    }
}
