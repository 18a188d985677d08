package io.millrace.broker.replication;

import java.util.EnumSet;

/**
 * The rules that keep a replicated partition from losing or changing what was acknowledged. Each is
 * the fix of a known loss. A broker always keeps all of them; a test may leave one out to show that
 * it would be missed.
 */
public enum SafetyRules {
    /** The high watermark waits for everybody who may be in the ISR by now (KIP-497). */
    HIGH_WATERMARK_OVER_MAXIMAL_ISR,

    /** The high watermark stands while fewer than min.insync.replicas are in sync (KIP-966). */
    HIGH_WATERMARK_NEEDS_MIN_ISR,

    /** What consumers could see once is not taken back: the high watermark only grows (KIP-207). */
    HIGH_WATERMARK_NEVER_FALLS,

    /** A follower's position counts only if it follows the leader's present epoch (KIP-320). */
    FOLLOWER_COUNTS_IN_CURRENT_EPOCH,

    /**
     * What a follower reported to an earlier epoch is forgotten when a new one begins (KIP-320).
     */
    NEW_EPOCH_FORGETS_PROGRESS,

    /** Fetches of a broker that has registered again since then count for nothing (KIP-903). */
    FETCH_OF_CURRENT_BROKER_EPOCH,

    /** Who joins the ISR has everything below the high watermark (KIP-497). */
    JOIN_AT_HIGH_WATERMARK,

    /** Who joins the ISR has reached the start of the leader's epoch (KIP-320, KAFKA-7128). */
    JOIN_AT_EPOCH_START,

    /**
     * Who joins the ISR is the broker that the metadata knows by that id (KIP-903, KAFKA-15221).
     */
    JOIN_WITH_REGISTERED_EPOCH,

    /** Fenced brokers and those that shut down do not join the ISR (KIP-841). */
    JOIN_WHEN_ELIGIBLE,

    /** One change of the ISR is under way at a time (KIP-497). */
    ONE_PROPOSAL_AT_A_TIME,

    /** A proposal whose outcome is unknown may have been taken, so its ISR counts (KIP-497). */
    UNKNOWN_OUTCOME_STAYS_PENDING,

    /** Metadata that is older than what is known changes nothing (KIP-101, KAFKA-6082). */
    METADATA_NEVER_GOES_BACK,

    /** Answers of a leader of another epoch are not taken (KIP-320). */
    ANSWER_OF_CURRENT_EPOCH,

    /** A leader looks for divergence in every fetch of a follower (KIP-595, KAFKA-7164). */
    FETCH_IS_CHECKED_FOR_DIVERGENCE,

    /** A follower cuts its log where epochs part, not at its high watermark (KIP-101). */
    TRUNCATE_BY_EPOCH,

    /** Logs agree only if the epoch is the same too, not only the offset (KIP-279, KAFKA-6361). */
    DIVERGENCE_COMPARES_EPOCHS,

    /** Epochs are forgotten with the records, also where no record had to go (KAFKA-10706). */
    TRUNCATE_EPOCHS_TOO,

    /** A follower's high watermark stays within its own log (KIP-101). */
    FOLLOWER_HIGH_WATERMARK_WITHIN_LOG,

    /** With flush.on.ack a follower asks on only from where its device has everything. */
    FOLLOWER_ACKNOWLEDGES_FLUSHED,

    /** With flush.on.ack a leader counts itself only as far as its device has everything. */
    LEADER_COUNTS_FLUSHED,

    /** acks=all is refused while fewer than min.insync.replicas are in sync (KAFKA-1555). */
    APPEND_NEEDS_MIN_ISR,

    /** Who resigns acknowledges nothing that was appended before (KIP-101). */
    RESIGNED_LEADER_ACKNOWLEDGES_NOTHING;

    /** What every broker keeps. */
    public static EnumSet<SafetyRules> all() {
        return EnumSet.allOf(SafetyRules.class);
    }

    /** All but one, for a test that shows what the one is good for. */
    public static EnumSet<SafetyRules> without(SafetyRules rule) {
        return EnumSet.complementOf(EnumSet.of(rule));
    }
}
