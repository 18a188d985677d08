package io.millrace.streams.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyRowsTest {
    @TempDir Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private static List<String> all(KeyRows rows, boolean forward) {
        List<String> found = new ArrayList<>();
        try (RowCursor cursor = rows.range(null, null, forward)) {
            while (cursor.next()) {
                found.add(text(cursor.key()) + "=" + text(cursor.value()));
            }
        }
        return found;
    }

    @Test
    void answersLikeAMapWhateverIsSavedEvictedAndReopened() {
        Random random = new Random(11);
        Map<String, String> model = new TreeMap<>();
        Path state = directory.resolve("state");
        RocksStateDirectory rocks = RocksStateDirectory.open(state, 1 << 20);
        KeyRows rows = new KeyRows(rocks.slice("0_0", "s"), true, false);
        for (int i = 0; i < 20_000; i++) {
            String key = "k" + random.nextInt(500);
            switch (random.nextInt(10)) {
                case 0 -> {
                    rows.put(bytes(key), null);
                    model.remove(key);
                }
                case 1, 2, 3, 4, 5 -> {
                    rows.put(bytes(key), bytes("v" + i));
                    model.put(key, "v" + i);
                }
                default -> assertThat(text(rows.get(bytes(key)))).isEqualTo(model.get(key));
            }
            if (i % 700 == 0) {
                rows.drainUnlogged((k, v) -> {});
                rows.save(i, 0);
                rows.evict(5_000);
                assertThat(rows.bytes()).isLessThanOrEqualTo(5_000);
            }
            if (i % 5_001 == 5_000) {
                rows.drainUnlogged((k, v) -> {});
                rows.save(i, 0);
                rocks.close();
                rocks = RocksStateDirectory.open(state, 1 << 20);
                rows = new KeyRows(rocks.slice("0_0", "s"), true, false);
            }
        }
        List<String> expected =
                model.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
        assertThat(all(rows, true)).isEqualTo(expected);
        List<String> reversed = new ArrayList<>(expected);
        java.util.Collections.reverse(reversed);
        assertThat(all(rows, false)).isEqualTo(reversed);
        rocks.close();
    }

    @Test
    void logsTheLastValueOfEachChangedKeyInTheOrderOfFirstChange() {
        KeyRows rows = new KeyRows(DiskSlice.NONE, true, false);
        rows.put(bytes("b"), bytes("1"));
        rows.put(bytes("a"), bytes("2"));
        rows.put(bytes("b"), bytes("3"));
        rows.put(bytes("a"), null);
        List<String> logged = new ArrayList<>();
        rows.drainUnlogged((key, value) -> logged.add(text(key) + "=" + text(value)));
        assertThat(logged).containsExactly("b=3", "a=null");
        assertThat(rows.hasUnlogged()).isFalse();
    }

    @Test
    void aCopyOfTheDirectoryTakenAtAnyMomentHoldsASavedStateWithItsPosition() throws IOException {
        Path state = directory.resolve("live");
        List<Path> copies = new ArrayList<>();
        try (RocksStateDirectory rocks = RocksStateDirectory.open(state, 1 << 20)) {
            KeyRows rows = new KeyRows(rocks.slice("0_0", "s"), true, false);
            for (int version = 1; version <= 30; version++) {
                for (int i = 0; i < 50; i++) {
                    rows.put(bytes("k" + i), bytes("v" + version));
                }
                rows.save(version, 0);
                // Uncommitted from here on: must not be in any copy.
                rows.put(bytes("k0"), bytes("uncommitted"));
                if (version % 10 == 0) {
                    copies.add(copy(state, directory.resolve("copy" + version)));
                }
            }
        }
        for (Path copy : copies) {
            try (RocksStateDirectory rocks = RocksStateDirectory.open(copy, 1 << 20)) {
                DiskSlice slice = rocks.slice("0_0", "s");
                DiskSlice.Position position = slice.position();
                assertThat(position).isNotNull();
                KeyRows rows = new KeyRows(slice, true, false);
                for (int i = 0; i < 50; i++) {
                    assertThat(text(rows.get(bytes("k" + i))))
                            .isEqualTo("v" + position.changelogOffset());
                }
            }
        }
    }

    /** What a killed process leaves behind: the files as they are, without the lock. */
    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                if (!file.getFileName().toString().equals("LOCK")) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
        return to;
    }

    @Test
    void aSecondInstanceOnTheSameDirectoryIsToldToUseAnother() {
        Path state = directory.resolve("shared");
        try (RocksStateDirectory first = RocksStateDirectory.open(state, 1 << 20)) {
            assertThat(first).isNotNull();
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> RocksStateDirectory.open(state, 1 << 20))
                    .hasMessageContaining("state.dir");
        }
    }

    @Test
    void slicesOfOneDirectoryDoNotMix() {
        try (RocksStateDirectory rocks =
                RocksStateDirectory.open(directory.resolve("d"), 1 << 20)) {
            KeyRows one = new KeyRows(rocks.slice("0_0", "s"), true, false);
            KeyRows two = new KeyRows(rocks.slice("0_1", "s"), true, false);
            one.put(bytes("k"), bytes("one"));
            two.put(bytes("k"), bytes("two"));
            one.save(1, 0);
            two.save(1, 0);
            rocks.slice("0_0", "s").wipe();
            assertThat(text(rocks.slice("0_1", "s").get(bytes("k")))).isEqualTo("two");
            assertThat(rocks.slice("0_0", "s").get(bytes("k"))).isNull();
            assertThat(rocks.slice("0_0", "s").position()).isNull();
        }
    }
}
