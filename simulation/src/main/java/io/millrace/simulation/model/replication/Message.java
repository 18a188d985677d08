package io.millrace.simulation.model.replication;

import io.millrace.broker.replication.Digest;
import io.millrace.broker.replication.IsrAnswer;
import io.millrace.broker.replication.IsrProposal;
import io.millrace.broker.replication.LeaderAnswer.Diverging;
import org.jspecify.annotations.Nullable;

/** Something on its way; may be delayed for ever, overtake others, and be lost. */
sealed interface Message {

    void digest(Digest to);

    /** A follower asks for records. Outlives the process that sent it. */
    record Fetch(int from, int life, long brokerEpoch, int to, int epoch, int offset, int lastEpoch)
            implements Message {
        @Override
        public void digest(Digest to) {
            to.add(1).add(from).add(life).add(brokerEpoch).add(this.to);
            to.add(epoch).add(offset).add(lastEpoch);
        }
    }

    /**
     * A leader answers; reaches only the process that asked.
     *
     * @param entryEpoch of the record at {@code fetchOffset}; -1 if there is none
     */
    record Records(
            Fetch asked,
            int entryEpoch,
            int value,
            long highWatermark,
            @Nullable Diverging diverging)
            implements Message {
        @Override
        public void digest(Digest to) {
            asked.digest(to.add(2));
            to.add(entryEpoch).add(value).add(highWatermark);
            if (diverging != null) {
                to.add(diverging.epoch()).add(diverging.endOffset());
            }
        }
    }

    /** A leader asks the controller for another ISR. Outlives the process that sent it. */
    record IsrAsk(int from, int life, long brokerEpoch, IsrProposal proposal) implements Message {
        @Override
        public void digest(Digest to) {
            to.add(3).add(from).add(life).add(brokerEpoch).add(proposal.digest());
        }
    }

    /** The controller answers; reaches only the process that asked. */
    record IsrTold(int to, int life, IsrProposal asked, IsrAnswer answer) implements Message {
        @Override
        public void digest(Digest to) {
            to.add(4).add(this.to).add(life).add(asked.digest()).add(answer.hashCode());
        }
    }
}
