package io.millrace.broker.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.partition.AppendResult;
import io.millrace.metadata.image.PartitionImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three replicas with real logs, by chance: appends, elections, cut-off nodes, power losses. After
 * every step nobody has lost what was acknowledged, and equal epochs at equal offsets mean equal
 * logs. A failure names its seed.
 */
final class ReplicationSeedsTest {
    private static final int STEPS = 100;

    @TempDir Path root;

    /** What happened in one run, and what must be true of it. */
    private static final class Run {
        final long seed;
        final SplittableRandom random;
        final ReplicaSet set;

        /** Values that were acknowledged, by their offset. */
        final Map<Long, String> acknowledged = new HashMap<>();

        final List<String> trace = new ArrayList<>();
        private int sent;

        Run(long seed, Path root, boolean flush) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.set =
                    flush
                            ? new ReplicaSet(root, "flush.on.ack", "true", "segment.bytes", "2000")
                            : new ReplicaSet(root, "segment.bytes", "2000");
        }

        void steps(boolean powerLosses) throws IOException {
            for (int i = 0; i < STEPS; i++) {
                step(powerLosses);
                check();
            }
            heal();
        }

        private void step(boolean powerLosses) throws IOException {
            int node = 1 + random.nextInt(3);
            switch (random.nextInt(12)) {
                case 0 -> elect();
                case 1 -> cutOff(node);
                case 2, 3 -> reconnect();
                case 4 -> pass(random.nextInt(1_500));
                case 5 -> {
                    if (powerLosses) {
                        restart(node, true);
                    }
                }
                case 6 -> restart(node, false);
                case 7 -> runSome(random.nextInt(60));
                default -> send();
            }
        }

        private void note(String what) {
            trace.add(what);
        }

        private void send() {
            int leader = set.state.leader();
            String prefix = "s" + sent++;
            int count = 1 + random.nextInt(4);
            note("send " + prefix + " to " + leader);
            CompletableFuture<AppendResult> sending = set.sendWithoutRunning(leader, prefix, count);
            sending.thenAccept(
                    result -> {
                        if (result instanceof AppendResult.Appended appended) {
                            for (int i = 0; i < count; i++) {
                                acknowledged.put(appended.baseOffset() + i, prefix + "-" + i);
                            }
                        }
                    });
            runSome(random.nextInt(100));
        }

        private void runSome(int events) {
            for (int i = 0; i < events && set.loop.runNext(); i++) {
                continue;
            }
        }

        private void pass(int ms) {
            note("pass " + ms);
            set.pass(ms);
        }

        private void elect() {
            List<Integer> able = set.electable();
            int leader = able.get(random.nextInt(able.size()));
            note("elect " + leader + " of " + able + " for epoch " + (set.state.leaderEpoch() + 1));
            set.elect(leader);
        }

        private void cutOff(int node) {
            if (set.cutOff.isEmpty()) {
                note("cut off " + node);
                set.cutOff.add(node);
            }
        }

        private void reconnect() {
            note("reconnect");
            set.cutOff.clear();
            set.tellAll();
        }

        private void restart(int node, boolean powerLoss) throws IOException {
            note((powerLoss ? "power loss of " : "kill ") + node + " leader " + set.state.leader());
            set.restart(node, powerLoss ? random.split() : null);
        }

        private void heal() {
            set.cutOff.clear();
            set.tellAll();
            set.pass(30_000);
            CompletableFuture<AppendResult> last = set.send(set.state.leader(), "last", 1);
            set.pass(2_000);
            assertThat(last).as(this::toString).isDone();
            assertThat(last.join()).as(this::toString).isInstanceOf(AppendResult.Appended.class);
            assertThat(set.state.isr()).as(this::toString).containsExactlyInAnyOrder(1, 2, 3);
            check();
            List<String> leaders = set.records(set.state.leader());
            for (int node = 1; node <= 3; node++) {
                assertThat(set.records(node)).as(this::toString).isEqualTo(leaders);
            }
        }

        private void check() {
            PartitionImage state = set.state;
            List<String> leaders = set.records(state.leader());
            for (int node = 1; node <= 3; node++) {
                assertLogsMatch(leaders, set.records(node), node);
            }
            if (set.leadsNow(state.leader())) {
                acknowledged.forEach(
                        (offset, value) ->
                                assertThat(at(leaders, offset))
                                        .as(() -> "acknowledged at " + offset + ": " + this)
                                        .endsWith(":" + value));
            }
        }

        private static String at(List<String> log, long offset) {
            return offset < log.size() ? log.get((int) offset) : "nothing";
        }

        /** Each record is {@code epoch:value}; offsets are dense here. */
        private void assertLogsMatch(List<String> one, List<String> other, int node) {
            for (int i = Math.min(one.size(), other.size()) - 1; i >= 0; i--) {
                if (epochOf(one.get(i)).equals(epochOf(other.get(i)))) {
                    assertThat(other.subList(0, i + 1))
                            .as(() -> "log of node " + node + ": " + this)
                            .isEqualTo(one.subList(0, i + 1));
                    return;
                }
            }
        }

        private static String epochOf(String record) {
            return record.substring(0, record.indexOf(':'));
        }

        @Override
        public String toString() {
            return "seed " + seed + ": " + trace;
        }
    }

    private void run(long seed, boolean flush, boolean powerLosses) throws IOException {
        new Run(seed, root.resolve("seed-" + seed + flush), flush).steps(powerLosses);
    }

    @Test
    void nothingAcknowledgedIsLostWhateverFails() throws IOException {
        for (long seed = 1; seed <= 2; seed++) {
            run(seed, false, false);
        }
    }

    @Test
    void withAFlushOnAckNotEvenByPowerLosses() throws IOException {
        for (long seed = 100; seed <= 101; seed++) {
            run(seed, true, true);
        }
    }

    @Test
    @Tag("slow")
    void norByAnyOfManySeeds() throws IOException {
        for (long seed = 1_000; seed < 1_060; seed++) {
            run(seed, seed % 2 == 0, seed % 2 == 0);
        }
    }
}
