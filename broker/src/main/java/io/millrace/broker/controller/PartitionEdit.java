package io.millrace.broker.controller;

import static io.millrace.broker.controller.ControlRules.CLEAN_ELECTION;
import static io.millrace.broker.controller.ControlRules.ENOUGH_IN_SYNC_EMPTIES_ELR;
import static io.millrace.broker.controller.ControlRules.EPOCH_NEVER_REPEATS;
import static io.millrace.broker.controller.ControlRules.LEAVERS_STAY_ELIGIBLE;
import static io.millrace.broker.controller.ControlRules.REASSIGNED_WHEN_IN_SYNC;
import static io.millrace.broker.controller.ControlRules.REMOVAL_RAISES_EPOCH;
import static io.millrace.broker.controller.ControlRules.SHRINK_KEEPS_EPOCH;
import static io.millrace.broker.controller.ControlRules.UNCLEAN_RESTART_LEAVES_ELR;

import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.Reassignment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One change of one partition: what shall be different is said first, then {@link #finish} draws
 * the consequences (a reassignment that is complete, a leader, eligible replicas) and writes the
 * record. Everything that changes a partition goes through here. Pure; used once, by one thread.
 *
 * <p>KIP-966: the high watermark moves only with enough replicas in sync. So whoever leaves an ISR
 * that is below the minimum afterwards still has everything acknowledged and stays eligible (ELR);
 * with enough in sync nobody but them is. The ISR may be empty; the partition then waits for an
 * eligible replica. When there is none either, because all of them may have lost their tail, the
 * one that led last leads again, and the change says that this is unclean.
 */
public final class PartitionEdit {
    private final PartitionImage before;
    private final Terms terms;
    private Set<Integer> lost = Set.of();
    private List<Integer> replicas;
    private List<Integer> isr;
    private List<Integer> elr;
    private List<Integer> lastKnown;
    private Reassignment moving;
    private int leader;
    private boolean preferred;
    private boolean unclean;
    private boolean anew;
    private boolean noted;
    private boolean electedUncleanly;

    /**
     * @param minIsr {@code min.insync.replicas}
     * @param unclean whether anybody may lead when nobody eligible can
     * @param eligible brokers that may lead this partition now: there, not leaving, directory works
     */
    public record Terms(
            int minIsr, boolean unclean, IntPredicate eligible, Set<ControlRules> rules) {}

    public PartitionEdit(PartitionImage before, Terms terms) {
        this.before = before;
        this.terms = terms;
        this.unclean = terms.unclean;
        this.replicas = before.replicas();
        this.isr = before.isr();
        this.elr = before.elr();
        this.lastKnown = before.lastKnownElr();
        this.moving = before.moving();
        this.leader = before.leader();
    }

    /** These shall be in sync. The change is written even if they are already. */
    public PartitionEdit isr(Set<Integer> members) {
        isr = those(replicas, members::contains);
        if (isr.size() != members.size()) {
            isr = List.copyOf(members);
        }
        noted = true;
        return this;
    }

    /** Whoever this is true of is in sync no more. */
    public PartitionEdit without(IntPredicate gone) {
        isr = those(isr, id -> !gone.test(id));
        return this;
    }

    /** The replica may have lost its tail: it is eligible no more, in sync or not. */
    public PartitionEdit lost(int id) {
        Set<Integer> more = new HashSet<>(lost);
        more.add(id);
        lost = more;
        return this;
    }

    /** Replicas shall move from here to there; nothing is to be waited for if they are the same. */
    public PartitionEdit reassign(List<Integer> original, List<Integer> target) {
        Reassignment wanted = new Reassignment(original, target);
        boolean moves = !wanted.adding().isEmpty() || !wanted.removing().isEmpty();
        moving = moves ? wanted : Reassignment.NONE;
        replicas = wanted.all();
        isr = those(isr, replicas::contains);
        return this;
    }

    /** The first replica shall lead if it is in sync. */
    public PartitionEdit prefer() {
        preferred = true;
        return this;
    }

    /** Anybody may lead if nobody eligible can. */
    public PartitionEdit allowUnclean() {
        unclean = true;
        return this;
    }

    /** Whoever leads shall do so under a new epoch. */
    public PartitionEdit anew() {
        anew = has(EPOCH_NEVER_REPEATS);
        return this;
    }

    /** The change, or null if there is none. */
    public @Nullable PartitionChange finish(UUID topicId, int index) {
        completeReassignment();
        settleEligible();
        elect();
        if (isr.size() >= enough(replicas) && has(ENOUGH_IN_SYNC_EMPTIES_ELR)) {
            elr = List.of();
        }
        rememberLeader();
        boolean moved = !replicas.equals(before.replicas());
        boolean raised = leader != before.leader() || mustRaise();
        boolean changed =
                noted
                        || moved
                        || raised
                        || !isr.equals(before.isr())
                        || !elr.equals(before.elr())
                        || !moving.equals(before.moving())
                        || !lastKnown.equals(before.lastKnownElr());
        if (!changed) {
            return null;
        }
        return new PartitionChange(
                topicId,
                index,
                before.partitionEpoch() + 1,
                moved ? replicas : null,
                noted || !isr.equals(before.isr()) ? isr : null,
                elr.equals(before.elr()) ? null : elr,
                raised ? Integer.valueOf(leader) : null,
                electedUncleanly,
                moving.equals(before.moving()) ? null : moving,
                lastKnown.equals(before.lastKnownElr()) ? null : lastKnown,
                moved && !before.directories().isEmpty() ? directories() : null);
    }

    private void completeReassignment() {
        if (!moving.isUnderWay()) {
            return;
        }
        List<Integer> staying = those(isr, moving.target()::contains);
        boolean inSync =
                staying.containsAll(moving.adding()) && staying.size() >= enough(moving.target());
        if (inSync || !has(REASSIGNED_WHEN_IN_SYNC)) {
            replicas = moving.target();
            isr = staying;
            moving = Reassignment.NONE;
        }
    }

    /** Who, beside the ISR, has everything acknowledged. */
    private void settleEligible() {
        if (isr.size() >= enough(replicas) && has(ENOUGH_IN_SYNC_EMPTIES_ELR)) {
            elr = List.of();
            return;
        }
        Set<Integer> candidates = new LinkedHashSet<>(before.elr());
        if (has(LEAVERS_STAY_ELIGIBLE)) {
            candidates.addAll(before.isr());
        }
        if (has(UNCLEAN_RESTART_LEAVES_ELR)) {
            candidates.removeAll(lost);
        }
        elr = replicas.stream().filter(id -> candidates.contains(id) && !isr.contains(id)).toList();
    }

    private void elect() {
        int first = replicas.get(0);
        if (preferred && isr.contains(first) && isEligible(first)) {
            leader = first;
            return;
        }
        if (replicas.contains(leader) && isr.contains(leader) && isEligible(leader)) {
            return;
        }
        for (int id : replicas) {
            if (isr.contains(id) && isEligible(id)) {
                leader = id;
                return;
            }
        }
        for (int id : replicas) {
            if (elr.contains(id) && isEligible(id)) {
                leader = id;
                isr = with(isr, id);
                elr = those(elr, other -> other != id);
                return;
            }
        }
        electUncleanly();
    }

    private void electUncleanly() {
        leader = PartitionRecord.NO_LEADER;
        boolean nobodyKnows = isr.isEmpty() && elr.isEmpty();
        if (nobodyKnows && lastKnown.size() == 1 && isEligible(lastKnown.get(0))) {
            leader = lastKnown.get(0);
            electedUncleanly = true;
        } else if (unclean || !has(CLEAN_ELECTION)) {
            for (int id : replicas) {
                if (isEligible(id)) {
                    leader = id;
                    electedUncleanly = unclean;
                    break;
                }
            }
        }
        if (leader != PartitionRecord.NO_LEADER) {
            isr = List.of(leader);
            elr = List.of();
        }
    }

    private void rememberLeader() {
        if (leader != PartitionRecord.NO_LEADER) {
            lastKnown = List.of();
        } else if (isr.isEmpty() && before.hasLeader()) {
            lastKnown = List.of(before.leader());
        } else if (isr.isEmpty() && before.isr().size() == 1) {
            lastKnown = before.isr();
        }
    }

    private boolean mustRaise() {
        if (leader == PartitionRecord.NO_LEADER) {
            return false;
        }
        boolean removed = !replicas.containsAll(before.replicas());
        boolean shrunk = !isr.containsAll(before.isr());
        return anew || removed && has(REMOVAL_RAISES_EPOCH) || shrunk && !has(SHRINK_KEEPS_EPOCH);
    }

    private List<UUID> directories() {
        List<UUID> directories = new ArrayList<>(replicas.size());
        replicas.forEach(id -> directories.add(before.directory(id)));
        return directories;
    }

    private int enough(List<Integer> of) {
        return Math.max(1, Math.min(terms.minIsr, of.size()));
    }

    private boolean isEligible(int id) {
        return terms.eligible.test(id);
    }

    private boolean has(ControlRules rule) {
        return terms.rules.contains(rule);
    }

    /** The list without those that it is not true of; the very list if it is true of all. */
    private static List<Integer> those(List<Integer> ids, IntPredicate wanted) {
        for (int id : ids) {
            if (!wanted.test(id)) {
                List<Integer> fewer = new ArrayList<>(ids.size());
                for (int other : ids) {
                    if (wanted.test(other)) {
                        fewer.add(other);
                    }
                }
                return List.copyOf(fewer);
            }
        }
        return ids;
    }

    private static List<Integer> with(List<Integer> ids, int id) {
        List<Integer> more = new ArrayList<>(ids);
        more.add(id);
        return List.copyOf(more);
    }
}
