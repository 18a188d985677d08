package io.millrace.connect.plugin;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A version as plugins write it, ordered as Maven orders versions: {@code 1.2-SNAPSHOT < 1.2 <
 * 1.10}.
 */
record PluginVersion(String text) implements Comparable<PluginVersion> {
    private static final List<String> BEFORE_RELEASE =
            List.of("alpha", "a", "beta", "b", "milestone", "m", "rc", "cr", "snapshot");

    @Override
    public int compareTo(PluginVersion other) {
        List<String> left = parts(text);
        List<String> right = parts(other.text);
        for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
            int order =
                    compareParts(
                            i < left.size() ? left.get(i) : "",
                            i < right.size() ? right.get(i) : "");
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static List<String> parts(String text) {
        List<String> parts = new ArrayList<>();
        for (String part :
                text.toLowerCase(Locale.ROOT)
                        .split("[.\\-+_]|(?<=\\d)(?=[a-z])|(?<=[a-z])(?=\\d)", -1)) {
            parts.add(part);
        }
        return parts;
    }

    private static int compareParts(String left, String right) {
        int leftRank = rank(left);
        int rightRank = rank(right);
        if (leftRank != rightRank) {
            return Integer.compare(leftRank, rightRank);
        }
        return isNumber(left) && isNumber(right)
                ? new java.math.BigInteger(left).compareTo(new java.math.BigInteger(right))
                : left.compareTo(right);
    }

    /**
     * Pre-releases, then the release itself (no further part, "final", "ga" or zero), then words,
     * then numbers.
     */
    private static int rank(String part) {
        int pre = BEFORE_RELEASE.indexOf(part);
        if (pre >= 0) {
            return pre;
        }
        if (part.isEmpty() || part.equals("final") || part.equals("ga") || isZero(part)) {
            return 20;
        }
        return isNumber(part) ? 22 : 21;
    }

    private static boolean isZero(String part) {
        return isNumber(part) && part.chars().allMatch(c -> c == '0');
    }

    private static boolean isNumber(String part) {
        return !part.isEmpty() && part.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PluginVersion version && compareTo(version) == 0;
    }

    @Override
    public int hashCode() {
        return 1; // equal versions may be written differently; lists of versions are short
    }
}
