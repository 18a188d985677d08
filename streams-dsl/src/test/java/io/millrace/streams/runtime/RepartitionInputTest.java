package io.millrace.streams.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.streams.processor.TaskId;
import io.millrace.streams.task.RawRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RepartitionInputTest {
    private static final TaskId UP = new TaskId(0, 1);
    private static final TaskId OTHER = new TaskId(0, 2);

    private final List<Long> released = new ArrayList<>();
    private final RepartitionInput input =
            new RepartitionInput(record -> released.add(record.offset()));

    private void record(long offset, TaskId task, int fence, long epoch) {
        input.add(
                new RawRecord("t", 0, offset, 0, null, null, null), new Stamp(task, fence, epoch));
    }

    private void mark(long offset, TaskId task, int fence, long epoch, int sender) {
        input.mark(offset, new Mark(new Stamp(task, fence, epoch), sender));
    }

    @Test
    void recordsWaitForTheMarkOfTheirCommit() {
        record(0, UP, 1, 5);
        record(1, OTHER, 1, 9);
        record(2, UP, 1, 5);
        assertThat(released).isEmpty();
        mark(3, UP, 1, 5, 1);
        assertThat(released).containsExactly(0L, 2L);
        assertThat(input.position(-1).nextOffset()).isZero();
    }

    @Test
    void whatAnOwnerWroteBeforeItWasTakenOverIsVoid() {
        record(0, UP, 1, 6);
        mark(1, UP, 1, 5, 2); // the new owner repeats the last commit
        record(2, UP, 2, 6);
        mark(3, UP, 2, 6, 2);
        assertThat(released).containsExactly(2L);
    }

    @Test
    void aRepeatedMarkReleasesWhatTheDeadOwnerCouldNot() {
        record(0, UP, 1, 6);
        mark(1, UP, 1, 6, 2);
        assertThat(released).containsExactly(0L);
    }

    @Test
    void aMarkThatWasOvertakenLeavesTheNewOwnersRecordsWaiting() {
        record(0, UP, 2, 7);
        mark(1, UP, 1, 6, 1);
        mark(2, UP, 2, 7, 2);
        assertThat(released).containsExactly(0L);
    }

    @Test
    void aRestartAtTheCommittedPositionProcessesNothingTwiceAndMissesNothing() {
        record(10, UP, 1, 1);
        record(11, OTHER, 1, 1);
        record(12, UP, 1, 1);
        mark(13, UP, 1, 1, 1);
        input.stillWaiting(1); // one of the two released records is processed
        CommitRecord.Input position = input.position(4);
        assertThat(position.nextOffset()).isEqualTo(11);

        List<Long> again = new ArrayList<>();
        RepartitionInput restarted = new RepartitionInput(record -> again.add(record.offset()));
        restarted.resume(position);
        for (long offset = position.nextOffset(); offset <= 12; offset++) {
            restarted.add(
                    new RawRecord("t", 0, offset, 0, null, null, null),
                    new Stamp(offset == 11 ? OTHER : UP, 1, 1));
        }
        restarted.mark(13, new Mark(new Stamp(UP, 1, 1), 1));
        restarted.mark(14, new Mark(new Stamp(OTHER, 1, 1), 1));
        assertThat(again).containsExactly(12L, 11L);
    }

    @Test
    void processedRecordsBehindAWaitingOneAreRememberedByUpstreamTask() {
        record(20, OTHER, 1, 1);
        record(21, UP, 1, 1);
        mark(22, UP, 1, 1, 1);
        input.stillWaiting(0);
        CommitRecord.Input position = input.position(-1);
        assertThat(position.nextOffset()).isEqualTo(20);
        assertThat(position.processed()).containsEntry(UP, 21L);

        released.clear();
        RepartitionInput restarted = new RepartitionInput(record -> released.add(record.offset()));
        restarted.resume(position);
        restarted.add(new RawRecord("t", 0, 20, 0, null, null, null), new Stamp(OTHER, 1, 1));
        restarted.add(new RawRecord("t", 0, 21, 0, null, null, null), new Stamp(UP, 1, 1));
        restarted.mark(22, new Mark(new Stamp(UP, 1, 1), 1));
        restarted.mark(23, new Mark(new Stamp(OTHER, 1, 1), 1));
        assertThat(released).containsExactly(20L);
    }

    @Test
    void recordsWithoutStampCountAsTheyCome() {
        input.add(new RawRecord("t", 0, 0, 0, null, null, null), null);
        assertThat(released).containsExactly(0L);
        input.stillWaiting(0);
        assertThat(input.position(-1).nextOffset()).isEqualTo(1);
    }
}
