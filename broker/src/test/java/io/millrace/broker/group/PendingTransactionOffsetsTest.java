package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.group.PendingTransactionOffsets.Verification;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class PendingTransactionOffsetsTest {
    private static final String GROUP = "job";
    private static final TopicPartitionKey ORDERS = new TopicPartitionKey("orders", 0);

    private final PendingTransactionOffsets pending = new PendingTransactionOffsets();
    private final Map<String, Long> committed = new TreeMap<>();

    private long add(long producer, long offset) {
        return pending.add(producer, GROUP, ORDERS, new CommittedOffset(offset, -1, "", 0, -1));
    }

    private void end(long producer, boolean commit) {
        pending.end(
                producer,
                commit,
                pending.mark(),
                (group, partition, offset) -> committed.put(group, offset.offset()));
    }

    @Test
    void anOffsetCountsFromTheCommitOn() {
        add(1, 10);
        assertThat(pending.has(GROUP, ORDERS)).isTrue();
        assertThat(committed).isEmpty();
        end(1, true);
        assertThat(committed).containsEntry(GROUP, 10L);
        assertThat(pending.has(GROUP, ORDERS)).isFalse();
    }

    @Test
    void anAbortDropsIt() {
        add(1, 10);
        end(1, false);
        assertThat(committed).isEmpty();
        assertThat(pending.groups()).isEmpty();
    }

    @Test
    void theLastOfATransactionCounts() {
        add(1, 10);
        add(1, 20);
        end(1, true);
        assertThat(committed).containsEntry(GROUP, 20L);
    }

    @Test
    void aCommitOutsideATransactionIsNotTakenBackByAnEarlierOneInside() {
        add(1, 10);
        pending.overtake(GROUP, ORDERS);
        assertThat(pending.has(GROUP, ORDERS)).as("it is still open").isTrue();
        end(1, true);
        assertThat(committed).isEmpty();
    }

    @Test
    void ofTwoTransactionsTheOneThatCommittedTheOffsetLaterWins() {
        add(1, 10);
        add(2, 20);
        end(2, true);
        end(1, true);
        assertThat(committed).containsEntry(GROUP, 20L);
    }

    @Test
    void aMarkerEndsOnlyWhatCameBeforeIt() {
        add(1, 10);
        long mark = pending.mark();
        add(1, 20);
        pending.end(1, true, mark, (group, partition, offset) -> committed.put(group, 10L));
        assertThat(committed).containsEntry(GROUP, 10L);
        assertThat(pending.has(GROUP, ORDERS)).isTrue();
    }

    @Test
    void whatTheLogRefusedWasNeverThere() {
        add(1, 10);
        long refused = add(1, 20);
        pending.takeBack(1, Set.of(refused));
        end(1, true);
        assertThat(committed).containsEntry(GROUP, 10L);
    }

    @Test
    void aDeletedOffsetDoesNotComeBack() {
        add(1, 10);
        assertThat(pending.drop(GROUP, ORDERS)).isTrue();
        assertThat(pending.drop(GROUP, ORDERS)).isFalse();
        end(1, true);
        assertThat(committed).isEmpty();
    }

    @Test
    void theEndOfATransactionVoidsWhatIsBeingVerified() {
        Verification one = pending.beginVerification(new ProducerIdAndEpoch(1, (short) 4));
        Verification next = pending.beginVerification(new ProducerIdAndEpoch(1, (short) 5));
        Verification other = pending.beginVerification(new ProducerIdAndEpoch(2, (short) 4));
        pending.voidVerifications(1, 4);
        assertThat(pending.endVerification(one)).isFalse();
        assertThat(pending.endVerification(next)).isTrue();
        assertThat(pending.endVerification(other)).isTrue();
        assertThat(pending.endVerification(other)).as("once only").isFalse();
    }
}
