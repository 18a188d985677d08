package io.millrace.metadata.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.RandomSource;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PersistentMapTest {

    /** Few distinct hashes, so that nodes split down to the deepest level. */
    private record Key(int value) {
        @Override
        public int hashCode() {
            return value % 7 * 0x40000001;
        }
    }

    @Test
    void holdsWhatAPlainMapHoldsThroughRandomChanges() {
        RandomSource random = RandomSource.seeded(42);
        Map<Key, Integer> expected = new HashMap<>();
        PersistentMap<Key, Integer> map = PersistentMap.empty();
        for (int round = 0; round < 300; round++) {
            PersistentMap<Key, Integer> before = map;
            Map<Key, Integer> contentBefore = contentOf(before);
            PersistentMap.Editor<Key, Integer> editor = map.edit();
            for (int i = random.nextInt(20); i >= 0; i--) {
                Key key = new Key(random.nextInt(60));
                if (random.nextInt(3) == 0) {
                    editor.remove(key);
                    expected.remove(key);
                } else {
                    editor.put(key, round);
                    expected.put(key, round);
                }
                assertThat(editor.get(key)).isEqualTo(expected.get(key));
            }
            map = editor.finish();

            assertThat(contentOf(map)).isEqualTo(expected);
            assertThat(map.size()).isEqualTo(expected.size());
            assertThat(contentOf(before)).isEqualTo(contentBefore);
        }
    }

    @Test
    void anEditorWithoutChangesGivesBackTheVeryMap() {
        PersistentMap.Editor<String, Integer> first = PersistentMap.<String, Integer>empty().edit();
        first.put("a", 1);
        PersistentMap<String, Integer> map = first.finish();
        PersistentMap.Editor<String, Integer> editor = map.edit();
        editor.remove("b");

        assertThat(editor.finish()).isSameAs(map);
        assertThat(map.get("b")).isNull();
    }

    private static <K, V> Map<K, V> contentOf(PersistentMap<K, V> map) {
        Map<K, V> content = new HashMap<>();
        map.forEach((key, value) -> assertThat(content.put(key, value)).isNull());
        content.forEach((key, value) -> assertThat(map.get(key)).isEqualTo(value));
        return content;
    }
}
