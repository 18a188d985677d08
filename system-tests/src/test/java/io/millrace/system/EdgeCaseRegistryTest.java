package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Each of the edge cases of the wire protocol that clients depend on has a number, and each number
 * a test that carries it as the tag {@code wire-N}.
 */
class EdgeCaseRegistryTest {
    private static final int EDGE_CASES = 43;

    /** A test, or a class of them, with its annotations; some may be tags of edge cases. */
    private static final Pattern TEST =
            Pattern.compile(
                    "((?: *@[^\\n]+\\n)+) *(?:public |static |final )*(?:void|class) (\\w+)");

    private static final Pattern TAG = Pattern.compile("@Tag\\(\"wire-(\\d+)\"\\)");

    @Test
    void everyEdgeCaseHasATest() throws IOException {
        Map<Integer, List<String>> tests = new TreeMap<>();
        for (Path source : testSources()) {
            collect(source, tests);
        }
        tests.forEach((number, names) -> System.out.println("wire-" + number + " " + names));

        assertThat(tests.keySet())
                .containsAll(Stream.iterate(1, n -> n + 1).limit(EDGE_CASES).toList());
    }

    private static List<Path> testSources() throws IOException {
        Path root = Path.of("..").toRealPath();
        try (Stream<Path> files = Files.walk(root, 20)) {
            return files.filter(file -> file.toString().endsWith("Test.java"))
                    .filter(file -> file.toString().contains("/src/test/java/"))
                    .toList();
        }
    }

    private static void collect(Path source, Map<Integer, List<String>> tests) throws IOException {
        String type = source.getFileName().toString().replace(".java", "");
        Matcher test = TEST.matcher(Files.readString(source));
        while (test.find()) {
            Matcher tag = TAG.matcher(test.group(1));
            while (tag.find()) {
                tests.computeIfAbsent(Integer.parseInt(tag.group(1)), any -> new ArrayList<>())
                        .add(type + "." + test.group(2));
            }
        }
    }
}
