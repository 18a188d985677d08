package io.millrace.clients.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.time.ManualClock;
import io.millrace.clients.ClientException;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.TopicPartition;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.record.RecordBatchView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccumulatorTest {
    private final ManualClock clock = new ManualClock(0);
    private final List<PartitionQueue> announced = new ArrayList<>();
    private final ProducerConfig config =
            ProducerConfig.parse(
                    Map.of(
                            "bootstrap.servers", "localhost:1",
                            "batch.size", "512",
                            "buffer.memory", "1024"));
    private final MemoryBudget budget = new MemoryBudget(1024, 512);
    private final Accumulator accumulator =
            new Accumulator(config, budget, Compression.NONE, clock, announced::add, () -> {});
    private final PartitionQueue queue = accumulator.queue("t", 0, 1);

    @Test
    void recordsShareABatchUntilItIsFull() {
        append(100);
        append(100);
        append(100);
        assertThat(announced).containsExactly(queue);
        assertThat(queue.hasSealedOrRetries()).isFalse();
        append(200);
        assertThat(queue.hasSealedOrRetries()).isTrue();
        ProducerBatch first = queue.peekSealed(false);
        assertThat(first.count()).isEqualTo(3);
        assertThat(RecordBatchView.at(first.buffer(), 0).isCrcValid()).isTrue();
        assertThat(first.sizeInBytes()).isLessThanOrEqualTo(512);
    }

    @Test
    void memoryComesBackOnlyWhenTheNetworkIsThroughWithIt() {
        append(400);
        append(400);
        ProducerBatch first = queue.peekSealed(true);
        first.sent();
        assertThat(budget.tryReserve(1)).isFalse();
        first.fail(new ClientTimeoutException("expired"));
        // Its records are told, yet the network may still read the buffer.
        assertThat(budget.tryReserve(1)).isFalse();
        assertThat(first.buffer().refCnt()).isPositive();
        first.returned();
        assertThat(budget.tryReserve(512)).isTrue();
    }

    @Test
    void withoutMemoryASenderWaitsAndThenHearsWhy() {
        append(400);
        append(400);
        assertThatThrownBy(() -> append(400))
                .isInstanceOf(ClientTimeoutException.class)
                .hasMessageContaining("buffer.memory=1024");
    }

    @Test
    void aRecordLargerThanTheBudgetIsRefused() {
        assertThatThrownBy(() -> append(5_000))
                .isInstanceOf(ClientException.class)
                .hasMessageContaining("larger than buffer.memory");
    }

    @Test
    void sequencesFollowEachOtherAndStartOverOnlyWhenNothingIsInFlight() {
        append(400);
        append(400);
        ProducerBatch first = queue.peekSealed(true);
        queue.removeSealed(first);
        queue.assignSequence(first, 9, (short) 0);
        queue.inFlight().add(first);
        ProducerBatch second = queue.peekSealed(true);
        queue.removeSealed(second);
        queue.assignSequence(second, 9, (short) 0);
        queue.inFlight().add(second);
        assertThat(first.baseSequence()).isZero();
        assertThat(second.baseSequence()).isEqualTo(1);
        assertThat(queue.isOldest(first)).isTrue();
        assertThat(queue.isOldest(second)).isFalse();

        // Both come back refused, the later one first; the epoch was raised meanwhile.
        queue.inFlight().clear();
        queue.retry(second, 0);
        queue.retry(first, 0);
        assertThat(queue.retries()).containsExactly(first, second);
        queue.restartSequence();
        queue.retries().remove(first);
        queue.assignSequence(first, 9, (short) 1);
        assertThat(List.of(first.baseSequence(), second.baseSequence())).containsExactly(0, 1);
        assertThat(second.producerEpoch()).isEqualTo((short) 1);
        assertThat(RecordBatchView.at(second.buffer(), 0).isCrcValid()).isTrue();
    }

    @Test
    void aBatchThatWasSentKeepsItsNumberWhenAnotherPartitionRaisedTheEpoch() {
        append(400);
        ProducerBatch batch = queue.peekSealed(true);
        queue.removeSealed(batch);
        queue.assignSequence(batch, 9, (short) 0);
        queue.assignSequence(batch, 9, (short) 1);
        assertThat(batch.producerEpoch()).isZero();
    }

    @Test
    void aSplitBatchIsDoneWhenItsPartsAre() {
        append(100);
        append(100);
        append(100);
        ProducerBatch whole = queue.peekSealed(true);
        List<ProducerBatch> parts = whole.split(250, Compression.NONE);
        assertThat(parts).extracting(ProducerBatch::count).containsExactly(1, 1, 1);
        assertThat(whole.done()).isNotDone();
        parts.forEach(part -> part.acknowledge(5, -1));
        assertThat(whole.done()).isDone();
    }

    private void append(int valueBytes) {
        accumulator.append(
                queue,
                new Accumulator.Entry(
                        1, null, new byte[valueBytes], List.of(), SendCallback.ignoring()),
                clock.nanos());
    }

    @Test
    void queuesAreOnePerPartitionAndStayWhenTheTopicGrows() {
        assertThat(accumulator.queue("t", 3, 4).partition()).isEqualTo(new TopicPartition("t", 3));
        assertThat(accumulator.queue("t", 0, 4)).isSameAs(queue);
    }
}
