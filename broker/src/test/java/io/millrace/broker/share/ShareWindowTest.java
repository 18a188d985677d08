package io.millrace.broker.share;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The rules by which records are handed out, without a broker. */
final class ShareWindowTest {
    private static final ShareLimits LIMITS = new ShareLimits(100, 3);
    private final ShareWindow window = new ShareWindow(10);

    @Test
    void wholeBatchesAreHandedOutUntilThereAreEnough() {
        assertThat(acquire("a", 5, batch(10, 13), batch(14, 17), batch(18, 20)))
                .containsExactly(range(10, 13, 1), range(14, 17, 1));
        assertThat(window.nextOffset()).isEqualTo(18);
    }

    @Test
    void exactlyMeansNotOneMore() {
        assertThat(
                        window.acquire(
                                new ShareWindow.Wanted("a", 1000, 5, true, LIMITS),
                                10,
                                20,
                                List.of(batch(10, 13), batch(14, 20))))
                .containsExactly(range(10, 13, 1), range(14, 14, 1));
        assertThat(window.nextOffset()).isEqualTo(15);
    }

    @Test
    void whatOneHoldsNobodyElseGets() {
        acquire("a", 3, batch(10, 12));
        assertThat(acquire("b", 9, batch(10, 12), batch(13, 14))).containsExactly(range(13, 14, 1));
        assertThat(window.isHeldBy("a", 10, 12)).isTrue();
        assertThat(window.isHeldBy("b", 12, 13)).isFalse();
    }

    @Test
    void theStartMovesOverWhatIsDoneInAnyOrder() {
        acquire("a", 10, batch(10, 15));
        acknowledge(AcknowledgeType.ACCEPT, 12, 13);
        assertThat(window.startOffset()).isEqualTo(10);
        acknowledge(AcknowledgeType.REJECT, 10, 11);
        assertThat(window.startOffset()).isEqualTo(14);
        acknowledge(AcknowledgeType.GAP, 14, 15);
        assertThat(window.startOffset()).isEqualTo(16).isEqualTo(window.endOffset());
    }

    @Test
    void releasedRecordsComeBackUntilTheyAreGivenUp() {
        for (int delivery = 1; delivery <= 3; delivery++) {
            assertThat(acquire("a", 1, batch(10, 10))).containsExactly(range(10, 10, delivery));
            acknowledge(AcknowledgeType.RELEASE, 10, 10);
        }
        assertThat(acquire("a", 1, batch(10, 10))).isEmpty();
        assertThat(window.startOffset()).isEqualTo(11);
    }

    @Test
    void aLockEndsInTimeUnlessItIsRenewed() {
        window.acquire(
                new ShareWindow.Wanted("a", 1000, 10, false, LIMITS),
                10,
                13,
                List.of(batch(10, 13)));
        window.acknowledge(AcknowledgeType.RENEW, 12, 13, 2000, LIMITS);
        assertThat(window.nextExpiryMs()).isEqualTo(1000);
        assertThat(window.releaseExpired(1000, LIMITS)).isTrue();
        assertThat(window.isHeldBy("a", 12, 13)).isTrue();
        assertThat(acquire("b", 10, batch(10, 13))).containsExactly(range(10, 11, 2));
    }

    @Test
    void aMemberThatGoesDidNotFailOnItsRecords() {
        acquire("a", 4, batch(10, 13));
        assertThat(window.releaseMember("a", LIMITS)).isTrue();
        assertThat(acquire("b", 4, batch(10, 13))).containsExactly(range(10, 13, 1));
    }

    @Test
    void offsetsWithoutRecordsAreNotWaitedFor() {
        assertThat(window.acquire(wanted("a", 10), 10, 25, List.of(batch(12, 13), batch(20, 21))))
                .containsExactly(range(12, 13, 1), range(20, 21, 1));
        acknowledge(AcknowledgeType.ACCEPT, 12, 13);
        acknowledge(AcknowledgeType.ACCEPT, 20, 21);
        assertThat(window.startOffset()).isEqualTo(26);
    }

    @Test
    void onlySoManyRecordsAreUnderWay() {
        acquire("a", 1000, batch(10, 108));
        assertThat(window.hasRoom(LIMITS)).isTrue();
        assertThat(acquire("a", 1000, batch(109, 120))).containsExactly(range(109, 120, 1));
        assertThat(window.hasRoom(LIMITS)).isFalse();
        assertThat(acquire("b", 1000, batch(121, 122))).isEmpty();
        acknowledge(AcknowledgeType.ACCEPT, 10, 60);
        assertThat(window.hasRoom(LIMITS)).isTrue();
    }

    @Test
    void recordsThatLeftTheLogAreDoneWith() {
        acquire("a", 4, batch(10, 13));
        window.startNotBefore(12);
        assertThat(window.startOffset()).isEqualTo(12);
        assertThat(window.isHeldBy("a", 10, 13)).isTrue();
        window.startNotBefore(40);
        assertThat(window.startOffset()).isEqualTo(40).isEqualTo(window.nextOffset());
    }

    @Test
    void whatIsRecordedGivesTheSameWindowWithoutLocks() {
        acquire("a", 20, batch(10, 29));
        acknowledge(AcknowledgeType.ACCEPT, 12, 13);
        acknowledge(AcknowledgeType.RELEASE, 20, 21);
        ShareWindow again =
                ShareWindow.of(new ShareState(0, 0, window.startOffset(), window.batches()));
        assertThat(again.acquire(wanted("b", 100), 10, 29, List.of(batch(10, 29))))
                .containsExactly(
                        range(10, 11, 1), range(14, 19, 1), range(20, 21, 2), range(22, 29, 1));
    }

    /** Against a map with one entry per offset. */
    @Test
    void randomHistoriesAgreeWithASimpleModel() {
        for (long seed = 0; seed < 300; seed++) {
            runAgainstModel(new SplittableRandom(seed), seed);
        }
    }

    private static void runAgainstModel(SplittableRandom random, long seed) {
        ShareWindow window = new ShareWindow(0);
        Map<Long, String> holder = new HashMap<>();
        Map<Long, Integer> deliveries = new HashMap<>();
        Map<Long, Boolean> over = new HashMap<>();
        for (int step = 0; step < 80; step++) {
            String member = random.nextBoolean() ? "a" : "b";
            if (random.nextInt(3) == 0) {
                long from = window.nextOffset();
                int size = 1 + random.nextInt(6);
                for (AcquiredRange range :
                        window.acquire(
                                new ShareWindow.Wanted(
                                        member,
                                        step,
                                        1 + random.nextInt(5),
                                        random.nextBoolean(),
                                        LIMITS),
                                from,
                                from + size - 1,
                                List.of(batch(from, from + size - 1)))) {
                    for (long at = range.firstOffset(); at <= range.lastOffset(); at++) {
                        assertThat(holder.put(at, member)).as("seed %d at %d", seed, at).isNull();
                        assertThat(over).as("seed %d", seed).doesNotContainKey(at);
                        assertThat(deliveries.merge(at, 1, Integer::sum))
                                .as("seed %d at %d", seed, at)
                                .isEqualTo(range.deliveries());
                    }
                }
                continue;
            }
            long first = random.nextLong(Math.max(1, window.endOffset()));
            long last = first + random.nextInt(4);
            boolean held = true;
            for (long at = Math.max(first, window.startOffset()); at <= last; at++) {
                held &= member.equals(holder.get(at));
            }
            assertThat(window.isHeldBy(member, first, last)).as("seed %d", seed).isEqualTo(held);
            if (held) {
                AcknowledgeType type = AcknowledgeType.values()[random.nextInt(4)];
                for (long at = Math.max(first, window.startOffset()); at <= last; at++) {
                    holder.remove(at);
                    if (type != AcknowledgeType.RELEASE
                            || deliveries.get(at) >= LIMITS.maxDeliveries()) {
                        over.put(at, true);
                    }
                }
                window.acknowledge(type, first, last, 0, LIMITS);
                long start = 0;
                while (over.containsKey(start)) {
                    start++;
                }
                assertThat(window.startOffset()).as("seed %d", seed).isEqualTo(start);
            }
        }
    }

    private List<AcquiredRange> acquire(String member, int maxRecords, long[]... batches) {
        List<long[]> all = new ArrayList<>(List.of(batches));
        long last = all.get(all.size() - 1)[1];
        return window.acquire(wanted(member, maxRecords), all.get(0)[0], last, all);
    }

    private void acknowledge(AcknowledgeType type, long first, long last) {
        window.acknowledge(type, first, last, 0, LIMITS);
    }

    private static ShareWindow.Wanted wanted(String member, int maxRecords) {
        return new ShareWindow.Wanted(member, 1000, maxRecords, false, LIMITS);
    }

    private static AcquiredRange range(long first, long last, int deliveries) {
        return new AcquiredRange(first, last, (short) deliveries);
    }

    private static long[] batch(long first, long last) {
        return new long[] {first, last};
    }
}
