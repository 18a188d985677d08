package io.millrace.streams.kstream;

/** A name for a node of the topology. */
public record Named(String name) {
    private static final int MAX_LENGTH = 249;

    public Named {
        if (name.isEmpty()
                || name.length() > MAX_LENGTH
                || name.equals(".")
                || name.equals("..")
                || !name.chars().allMatch(Named::isLegal)) {
            throw new io.millrace.streams.errors.TopologyException(
                    "name \""
                            + name
                            + "\" must have 1 to "
                            + MAX_LENGTH
                            + " letters, digits, '.', '_' or '-', as it becomes part of topic"
                            + " names");
        }
    }

    public static Named as(String name) {
        return new Named(name);
    }

    private static boolean isLegal(int c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c == '.'
                || c == '_'
                || c == '-';
    }
}
