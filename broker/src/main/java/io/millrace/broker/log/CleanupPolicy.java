package io.millrace.broker.log;

/** How old records go away: by time and size, or when a newer one has the same key, or both. */
public record CleanupPolicy(boolean delete, boolean compact) {
    static CleanupPolicy of(java.util.List<String> names) {
        for (String name : names) {
            if (!name.equals("delete") && !name.equals("compact")) {
                throw new IllegalArgumentException("a list of delete, compact");
            }
        }
        return new CleanupPolicy(names.contains("delete"), names.contains("compact"));
    }
}
