package io.millrace.streams.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimeRowsTest {
    private static final long RETENTION_MS = 200_000;

    @TempDir Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> scan(TimeRows rows, String key, long from, long to) {
        List<String> found = new ArrayList<>();
        rows.scan(
                bytes(key),
                from,
                to,
                (k, time, value) ->
                        found.add(time + "=" + new String(value, StandardCharsets.UTF_8)));
        return found;
    }

    @Test
    void answersLikeAMapOfTimesWhateverIsSavedEvictedAndReopened() {
        Random random = new Random(5);
        TreeMap<String, TreeMap<Long, String>> model = new TreeMap<>();
        Path state = directory.resolve("state");
        RocksStateDirectory rocks = RocksStateDirectory.open(state, 1 << 20);
        TimeRows rows = new TimeRows(rocks.slice("0_0", "w"), true, RETENTION_MS, false);
        long now = 1_000_000;
        for (int i = 0; i < 15_000; i++) {
            now += random.nextInt(60);
            String key = "k" + random.nextInt(20);
            long time = now - random.nextInt(250_000);
            time -= time % 1000;
            if (random.nextInt(3) > 0) {
                boolean taken = rows.put(bytes(key), time, bytes("v" + i));
                if (taken) {
                    model.computeIfAbsent(key, k -> new TreeMap<>()).put(time, "v" + i);
                }
            } else {
                long from = Math.max(time, rows.streamTimeMs() - RETENTION_MS + 1);
                List<String> expected = new ArrayList<>();
                if (from <= time + 50_000) {
                    model.getOrDefault(key, new TreeMap<>())
                            .subMap(from, true, time + 50_000, true)
                            .forEach((t, v) -> expected.add(t + "=" + v));
                }
                assertThat(scan(rows, key, time, time + 50_000)).isEqualTo(expected);
            }
            if (i % 500 == 0) {
                rows.drainUnlogged((k, v) -> {});
                rows.save(i, 0);
                rows.evict(3_000);
            }
            if (i % 4_001 == 4_000) {
                rows.drainUnlogged((k, v) -> {});
                rows.save(i, 0);
                rocks.close();
                rocks = RocksStateDirectory.open(state, 1 << 20);
                rows = new TimeRows(rocks.slice("0_0", "w"), true, RETENTION_MS, false);
            }
        }
        rocks.close();
    }

    @Test
    void duplicatesOfOneTimeKeepTheOrderOfArrivalAlsoAfterReopening() {
        Path state = directory.resolve("dup");
        try (RocksStateDirectory rocks = RocksStateDirectory.open(state, 1 << 20)) {
            TimeRows rows = new TimeRows(rocks.slice("0_0", "j"), true, RETENTION_MS, true);
            rows.put(bytes("k"), 5, bytes("a"));
            rows.put(bytes("k"), 5, bytes("b"));
            rows.save(2, 0);
        }
        try (RocksStateDirectory rocks = RocksStateDirectory.open(state, 1 << 20)) {
            TimeRows rows = new TimeRows(rocks.slice("0_0", "j"), true, RETENTION_MS, true);
            rows.put(bytes("k"), 5, bytes("c"));
            rows.put(bytes("k"), 4, bytes("d"));
            assertThat(scan(rows, "k", 0, 10)).containsExactly("4=d", "5=a", "5=b", "5=c");
        }
    }

    @Test
    void whatIsOlderThanTheRetentionIsNotReadAndItsSegmentIsRefused() {
        TimeRows rows = new TimeRows(DiskSlice.NONE, true, RETENTION_MS, false);
        rows.put(bytes("k"), 1_000, bytes("old"));
        rows.put(bytes("k"), 1_000 + RETENTION_MS, bytes("new"));
        assertThat(rows.get(bytes("k"), 1_000)).isNull(); // rule 12: storeTime - retention + 1
        assertThat(scan(rows, "k", 0, Long.MAX_VALUE)).containsExactly("201000=new");
        rows.put(bytes("k"), 1_000_000, bytes("newest"));
        assertThat(rows.put(bytes("k"), 1_000, bytes("late"))).isFalse();
    }

    @Test
    void changelogRowsBringTheStoreBackIncludingTheNumbersOfDuplicates() {
        TimeRows before = new TimeRows(DiskSlice.NONE, true, RETENTION_MS, true);
        before.put(bytes("k"), 7, bytes("a"));
        before.put(bytes("k"), 7, bytes("b"));
        TimeRows after = new TimeRows(DiskSlice.NONE, true, RETENTION_MS, true);
        before.drainUnlogged(after::restore);
        after.put(bytes("k"), 7, bytes("c"));
        assertThat(scan(after, "k", 0, 10)).containsExactly("7=a", "7=b", "7=c");
    }
}
