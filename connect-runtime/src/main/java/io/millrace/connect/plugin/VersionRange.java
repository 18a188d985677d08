package io.millrace.connect.plugin;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which versions of a plugin a configuration accepts, in Maven's notation: {@code [1.0,2.0)},
 * {@code (,3.0]}, {@code [1.5]}, several joined by commas. A bare version means exactly that one;
 * {@code latest} means any.
 */
public final class VersionRange {
    private record Part(
            @Nullable PluginVersion low,
            boolean lowIncluded,
            @Nullable PluginVersion high,
            boolean highIncluded) {
        boolean contains(PluginVersion version) {
            if (low != null) {
                int order = version.compareTo(low);
                if (order < 0 || order == 0 && !lowIncluded) {
                    return false;
                }
            }
            if (high != null) {
                int order = version.compareTo(high);
                return order < 0 || order == 0 && highIncluded;
            }
            return true;
        }
    }

    private final String text;
    private final List<Part> parts;

    private VersionRange(String text, List<Part> parts) {
        this.text = text;
        this.parts = parts;
    }

    /** Accepts every version. */
    public static VersionRange any() {
        return new VersionRange("latest", List.of());
    }

    /**
     * @throws IllegalArgumentException when the text is not a range
     */
    public static VersionRange parse(@Nullable String given) {
        String text = given == null ? "" : given.trim();
        if (text.isEmpty() || text.equals("latest")) {
            return any();
        }
        if (text.charAt(0) != '[' && text.charAt(0) != '(') {
            PluginVersion exact = new PluginVersion(text);
            return new VersionRange(text, List.of(new Part(exact, true, exact, true)));
        }
        List<Part> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int end = endOfPart(text, at);
            parts.add(part(text, text.substring(at, end + 1)));
            at = end + 1;
            if (at < text.length() && text.charAt(at) == ',') {
                at++;
            }
        }
        return new VersionRange(text, List.copyOf(parts));
    }

    private static int endOfPart(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) == ']' || text.charAt(i) == ')') {
                return i;
            }
        }
        throw new IllegalArgumentException(
                "version range '" + text + "' has no closing bracket; write for example [1.0,2.0)");
    }

    private static Part part(String text, String bracketed) {
        boolean lowIncluded = bracketed.startsWith("[");
        boolean highIncluded = bracketed.endsWith("]");
        if (!lowIncluded && !bracketed.startsWith("(")) {
            throw new IllegalArgumentException(
                    "version range '" + text + "' has a part without opening bracket");
        }
        String[] bounds = bracketed.substring(1, bracketed.length() - 1).split(",", -1);
        if (bounds.length == 1) {
            PluginVersion exact = new PluginVersion(bounds[0].trim());
            return new Part(exact, true, exact, true);
        }
        return new Part(bound(bounds[0]), lowIncluded, bound(bounds[1]), highIncluded);
    }

    private static @Nullable PluginVersion bound(String text) {
        return text.isBlank() ? null : new PluginVersion(text.trim());
    }

    public boolean accepts(String version) {
        PluginVersion candidate = new PluginVersion(version);
        return parts.isEmpty() || parts.stream().anyMatch(part -> part.contains(candidate));
    }

    @Override
    public String toString() {
        return text;
    }
}
