package io.millrace.broker.group.consumer;

/**
 * How large the program of a regular expression gets, before it is compiled: counted repetitions
 * multiply what they repeat, so that a short text can ask for gigabytes. An estimate from above.
 */
final class RegexSize {
    private final String text;
    private int at;

    private RegexSize(String text) {
        this.text = text;
    }

    /** Instructions, roughly; no more than a little above {@code limit} is counted. */
    static long estimate(String regex, long limit) {
        RegexSize size = new RegexSize(regex);
        long total = 0;
        // Unbalanced closing parentheses end a sequence early; the compiler refuses them.
        while (size.at < regex.length()) {
            total = Math.min(limit + 1, total + size.sequence(limit));
            size.at++;
        }
        return total;
    }

    private long sequence(long limit) {
        long total = 0;
        while (at < text.length() && text.charAt(at) != ')') {
            long atom = atom(limit);
            total = Math.min(limit + 1, total + Math.min(limit + 1, atom * repetitions()));
        }
        return total;
    }

    private long atom(long limit) {
        char c = text.charAt(at++);
        if (c == '(') {
            long inside = sequence(limit);
            at++;
            return inside + 2;
        }
        if (c == '\\') {
            at++;
        } else if (c == '[') {
            skipClass();
        }
        return 1;
    }

    private void skipClass() {
        // A closing bracket right behind the opening one is an ordinary character.
        boolean first = true;
        while (at < text.length() && (first || text.charAt(at) != ']')) {
            first = first && text.charAt(at) == '^';
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        at++;
    }

    /** The largest count of repetitions that follow; several multiply. */
    private long repetitions() {
        long times = 1;
        while (at < text.length() && text.charAt(at) == '{') {
            int end = text.indexOf('}', at);
            if (end < 0) {
                return times;
            }
            long largest = 1;
            for (String bound : text.substring(at + 1, end).split(",", -1)) {
                if (bound.isEmpty()) {
                    continue;
                }
                if (bound.length() > 6 || !bound.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    return times;
                }
                largest = Math.max(largest, Integer.parseInt(bound));
            }
            times = Math.min(Integer.MAX_VALUE, times * largest);
            at = end + 1;
        }
        return times;
    }
}
