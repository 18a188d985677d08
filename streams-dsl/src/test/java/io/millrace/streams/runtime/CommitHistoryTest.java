package io.millrace.streams.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.clients.TopicPartition;
import io.millrace.streams.processor.TaskId;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class CommitHistoryTest {
    private static final UUID FIRST = new UUID(1, 1);
    private static final UUID SECOND = new UUID(2, 2);
    private final CommitHistory history = new CommitHistory();

    private static CommitRecord claim(int fence, UUID owner) {
        return new CommitRecord(fence, owner, 0, null);
    }

    private static CommitRecord commit(int fence, UUID owner, long epoch) {
        return new CommitRecord(
                fence,
                owner,
                epoch,
                new CommitRecord.Commit(
                        Lineage.NONE.with(fence, epoch), Map.of(), Map.of(), List.of()));
    }

    @Test
    void aCommitOfAFormerOwnerIsVoid() {
        history.apply(claim(1, FIRST));
        history.apply(commit(1, FIRST, 1));
        history.apply(claim(2, SECOND));
        history.apply(commit(1, FIRST, 2));
        assertThat(history.lastEpoch()).isEqualTo(1);
        history.apply(commit(2, SECOND, 2));
        assertThat(history.lastEpoch()).isEqualTo(2);
        assertThat(history.lastFence()).isEqualTo(2);
    }

    @Test
    void ofTwoClaimsWithTheSameFenceTheFirstHolds() {
        history.apply(claim(1, FIRST));
        history.apply(claim(1, SECOND));
        assertThat(history.ownedBy(FIRST)).isTrue();
        history.apply(commit(1, SECOND, 1));
        assertThat(history.last()).isNull();
    }

    @Test
    void aLateClaimWithALowerFenceChangesNothing() {
        history.apply(claim(3, SECOND));
        history.apply(claim(2, FIRST));
        assertThat(history.ownedBy(SECOND)).isTrue();
        assertThat(history.fence()).isEqualTo(3);
    }

    @Test
    void rowsCountByTheEpochsTheirOwnerCommitted() {
        Lineage lineage = Lineage.NONE.with(1, 1).with(1, 2).with(3, 3).with(3, 4);
        assertThat(lineage.counts(1, 2)).isTrue();
        assertThat(lineage.counts(1, 3)).isFalse();
        assertThat(lineage.counts(2, 3)).isFalse();
        assertThat(lineage.counts(3, 3)).isTrue();
        assertThat(lineage.counts(3, 5)).isFalse();
    }

    @Test
    void aCommitRecordReadsBackAsItWasWritten() {
        CommitRecord record =
                new CommitRecord(
                        4,
                        FIRST,
                        17,
                        new CommitRecord.Commit(
                                Lineage.NONE.with(1, 3).with(4, 17),
                                Map.of(
                                        new TopicPartition("in", 2),
                                        new CommitRecord.Input(
                                                99, 1234, Map.of(new TaskId(0, 1), 120L))),
                                Map.of("KSTREAM-AGGREGATE-0000000003", 555L),
                                List.of(new TopicPartition("app-x-repartition", 0))));
        assertThat(CommitRecord.read(record.toBytes())).isEqualTo(record);
        assertThat(CommitRecord.read(claim(2, SECOND).toBytes())).isEqualTo(claim(2, SECOND));
    }
}
