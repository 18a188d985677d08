package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.AbortedTransaction;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.partition.AppendResult.Appended;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random transactions, deletions, checkpoints and restarts of both kinds, against a list of what
 * happened. Repeat a failure with its seed.
 */
class TransactionModelTest {
    private static final LogConfig CONFIG =
            config("segment.bytes", "1500", "index.interval.bytes", "200");

    @TempDir Path root;
    private final ManualClock clock = new ManualClock(Batches.NOW);
    private TestBroker broker;
    private Partition orders;

    /** Producer to first offset and next sequence. */
    private final Map<Long, Long> open = new TreeMap<>();

    private final Map<Long, Integer> sequences = new TreeMap<>();
    private final List<AbortedTransaction> aborted = new ArrayList<>();
    private long lastStableSeen;
    private long end;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    @Tag("wire-27")
    @Tag("wire-28")
    void readersOfCommittedRecordsSeeWhatHappened(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        start();
        for (int step = 0; step < 250; step++) {
            act(random);
            check(random, "seed " + seed + ", step " + step);
        }
    }

    private void start() {
        broker = new TestBroker(root, clock);
        orders = broker.orders(CONFIG);
        broker.await(orders.load());
    }

    private void act(SplittableRandom random) {
        AppendTransactions writer = new AppendTransactions(broker, orders);
        long producer = 1 + random.nextInt(5);
        int choice = random.nextInt(100);
        if (choice < 15) {
            end = ((Appended) broker.append(orders, "plain", 2)).lastOffset() + 1;
        } else if (choice < 55) {
            int sequence = sequences.getOrDefault(producer, 0);
            int count = 1 + random.nextInt(3);
            Appended done = (Appended) writer.append(producer, 0, sequence, count);
            sequences.put(producer, sequence + count);
            open.putIfAbsent(producer, done.baseOffset());
            end = done.lastOffset() + 1;
        } else if (choice < 85) {
            boolean commit = random.nextBoolean();
            Appended marker = (Appended) writer.end(producer, 0, 0, commit);
            Long first = open.remove(producer);
            end = marker.lastOffset() + 1;
            if (first != null && !commit) {
                aborted.add(new AbortedTransaction(producer, first, marker.lastOffset(), -1));
            }
        } else if (choice < 90) {
            broker.await(broker.table.checkpoint());
            broker.loop.runAll();
        } else if (choice < 92) {
            broker.await(orders.deleteRecordsBefore(random.nextLong(end + 1)));
            broker.loop.advance(Duration.ofMinutes(2));
            // A crash may bring records back until the next checkpoint.
            broker.await(broker.table.checkpoint());
            broker.loop.runAll();
        } else if (choice < 96) {
            broker.shutDown();
            start();
        } else {
            start();
        }
    }

    private void check(SplittableRandom random, String where) {
        LogSnapshot log = orders.snapshot().orElseThrow();
        long undecided = open.values().stream().min(Comparator.naturalOrder()).orElse(end);
        long stable = Math.max(log.logStartOffset(), undecided);
        assertThat(log.logEndOffset()).as(where).isEqualTo(end);
        assertThat(log.lastStableOffset()).as(where).isEqualTo(stable);
        assertThat(stable).as(where).isGreaterThanOrEqualTo(lastStableSeen);
        lastStableSeen = stable;
        if (log.logStartOffset() == stable) {
            return;
        }
        long from = random.nextLong(log.logStartOffset(), stable);
        int maxBytes = 1 + random.nextInt(2000);
        ReadResult.Data data =
                (ReadResult.Data) orders.read(from, maxBytes, true, Isolation.READ_COMMITTED);
        long to = broker.endOf(data);
        assertThat(data.aborted())
                .as(where)
                .isSortedAccordingTo(Comparator.comparingLong(AbortedTransaction::firstOffset));
        List<AbortedTransaction> told = data.aborted().stream().map(this::known).toList();
        assertThat(aborted).as(where).containsAll(told);
        assertThat(told)
                .as(where + ", " + from + ".." + to)
                .containsAll(
                        aborted.stream()
                                .filter(a -> a.lastOffset() >= from && a.firstOffset() < to)
                                .toList());
    }

    private AbortedTransaction known(AbortedTransaction told) {
        return new AbortedTransaction(told.producerId(), told.firstOffset(), told.lastOffset(), -1);
    }
}
