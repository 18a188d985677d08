package io.millrace.broker.controller;

import java.util.EnumSet;
import java.util.Set;

/**
 * The rules that keep the controller's decisions safe, each to be switched off by a check that must
 * then find what it is for. Production has {@link #all} in force, always.
 */
public enum ControlRules {
    /** KIP-380: a request of an earlier registration of a broker is refused. */
    REQUESTER_IS_CURRENT,

    /** Only its leader changes the in-sync replicas of a partition. */
    ONLY_THE_LEADER_ALTERS,

    /** KIP-497: a change by the leader of an earlier epoch is refused. */
    LEADER_EPOCH_MATCHES,

    /** KIP-497: a change that rests on an earlier state of the partition is refused. */
    PARTITION_EPOCH_MATCHES,

    /** In-sync replicas are replicas, and the leader is one of them. */
    MEMBERS_ARE_REPLICAS,

    /** KIP-841: a fenced broker does not join an ISR. */
    FENCED_STAY_OUT,

    /** KIP-841: a broker that shuts down does not join an ISR. */
    LEAVING_STAY_OUT,

    /** KIP-903: a broker joins an ISR only under the registration that caught up. */
    MEMBER_EPOCHS_ARE_CURRENT,

    /** A new life of a broker leads under a new epoch, also what it led before. */
    EPOCH_NEVER_REPEATS,

    /** KAFKA-15021: a smaller ISR leaves the leader epoch as it is. */
    SHRINK_KEEPS_EPOCH,

    /** A replica that is taken away can no more take part in the epoch. */
    REMOVAL_RAISES_EPOCH,

    /** Whoever is fenced leaves the ISRs, so that others can go on without it. */
    FENCED_LEAVES_ISR,

    /** KIP-966: a broker that may have lost its tail leaves the ISRs as it registers. */
    UNCLEAN_RESTART_LEAVES_ISR,

    /** KIP-966: and is eligible no more. */
    UNCLEAN_RESTART_LEAVES_ELR,

    /** KIP-966: who leaves an ISR that is below its minimum stays eligible. */
    LEAVERS_STAY_ELIGIBLE,

    /** KIP-966: with enough in sync the high watermark moves, and nobody else is eligible. */
    ENOUGH_IN_SYNC_EMPTIES_ELR,

    /** The same when the minimum sinks, in the change that lowers it. */
    LOWER_MINIMUM_EMPTIES_ELR,

    /** A leader comes out of ISR or ELR unless the change says that it is unclean. */
    CLEAN_ELECTION,

    /** A reassignment ends when its target is in sync, not before. */
    REASSIGNED_WHEN_IN_SYNC,

    /** A replica in a failed log directory neither leads nor stays in sync. */
    FAILED_DIRECTORY_LEAVES,

    /** A broker is unfenced only when it has seen its own registration. */
    UNFENCED_WHEN_CAUGHT_UP;

    public static Set<ControlRules> all() {
        return EnumSet.allOf(ControlRules.class);
    }

    /** All but one. */
    public static Set<ControlRules> without(ControlRules rule) {
        return EnumSet.complementOf(EnumSet.of(rule));
    }
}
