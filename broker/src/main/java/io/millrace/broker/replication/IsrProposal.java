package io.millrace.broker.replication;

import java.util.List;

/**
 * An ISR that a leader wants. The controller takes it only if both epochs are the present ones and
 * each member is the broker that it knows.
 *
 * @param leaderEpoch under which the leader leads
 * @param partitionEpoch of the state that it is to replace
 */
public record IsrProposal(int leaderEpoch, int partitionEpoch, List<Member> isr) {
    /** Of a member that has not fetched from this leader yet. */
    public static final long UNKNOWN_BROKER_EPOCH = -1;

    /** One in-sync replica, and the registration under which it fetched. */
    public record Member(int brokerId, long brokerEpoch) {}

    public IsrProposal {
        isr = List.copyOf(isr);
    }

    /** See {@link Replica#fingerprint}. */
    public long digest() {
        Digest digest = new Digest().add(leaderEpoch).add(partitionEpoch);
        for (Member member : isr) {
            digest.add(member.brokerId).add(member.brokerEpoch);
        }
        return digest.value();
    }

    boolean contains(int brokerId) {
        for (Member member : isr) {
            if (member.brokerId == brokerId) {
                return true;
            }
        }
        return false;
    }
}
