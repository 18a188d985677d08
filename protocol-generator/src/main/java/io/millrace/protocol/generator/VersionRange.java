package io.millrace.protocol.generator;

/**
 * Inclusive range of message versions, as schemas write it: {@code none}, {@code 3}, {@code 0-4} or
 * {@code 2+}. Empty when {@code lowest > highest}.
 */
record VersionRange(int lowest, int highest) {
    private static final int OPEN_END = Short.MAX_VALUE;

    static final VersionRange NONE = new VersionRange(0, -1);

    static VersionRange parse(String text) {
        String trimmed = text.trim();
        if (trimmed.isEmpty() || trimmed.equals("none")) {
            return NONE;
        }
        if (trimmed.endsWith("+")) {
            return new VersionRange(number(trimmed.substring(0, trimmed.length() - 1)), OPEN_END);
        }
        int dash = trimmed.indexOf('-');
        if (dash < 0) {
            return new VersionRange(number(trimmed), number(trimmed));
        }
        return new VersionRange(
                number(trimmed.substring(0, dash)), number(trimmed.substring(dash + 1)));
    }

    private static int number(String text) {
        return Integer.parseInt(text.trim());
    }

    boolean isEmpty() {
        return lowest > highest;
    }

    boolean contains(int version) {
        return version >= lowest && version <= highest;
    }

    boolean covers(VersionRange other) {
        return other.isEmpty() || (lowest <= other.lowest && highest >= other.highest);
    }

    VersionRange intersect(VersionRange other) {
        VersionRange both =
                new VersionRange(Math.max(lowest, other.lowest), Math.min(highest, other.highest));
        return both.isEmpty() ? NONE : both;
    }

    /** The part below {@code version}. */
    VersionRange below(int version) {
        return intersect(new VersionRange(0, version - 1));
    }

    /**
     * Java condition on {@code version} that holds in this range, given that it lies in {@code
     * known}; {@code "true"} and {@code "false"} when {@code known} decides it.
     */
    String condition(VersionRange known) {
        VersionRange inside = intersect(known);
        if (inside.isEmpty()) {
            return "false";
        }
        if (covers(known)) {
            return "true";
        }
        boolean fromBelow = inside.lowest <= known.lowest;
        boolean toTop = inside.highest >= known.highest;
        if (inside.lowest == inside.highest) {
            return "version == " + inside.lowest;
        }
        if (fromBelow) {
            return "version <= " + inside.highest;
        }
        if (toTop) {
            return "version >= " + inside.lowest;
        }
        return "version >= " + inside.lowest + " && version <= " + inside.highest;
    }

    @Override
    public String toString() {
        if (isEmpty()) {
            return "none";
        }
        if (highest == OPEN_END) {
            return lowest + "+";
        }
        return lowest == highest ? Integer.toString(lowest) : lowest + "-" + highest;
    }
}
