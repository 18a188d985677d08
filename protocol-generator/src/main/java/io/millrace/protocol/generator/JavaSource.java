package io.millrace.protocol.generator;

/** Text of a Java file in the making; indents by the braces of the lines it is given. */
final class JavaSource {
    private final StringBuilder text = new StringBuilder();
    private int depth;

    /** Adds one line; {@code {}} in it is replaced by the arguments in turn. */
    JavaSource line(String template, Object... arguments) {
        String line = template;
        for (Object argument : arguments) {
            int hole = line.indexOf("{}");
            line = line.substring(0, hole) + argument + line.substring(hole + 2);
        }
        if (line.startsWith("}")) {
            depth--;
        }
        if (!line.isEmpty()) {
            text.append("    ".repeat(depth)).append(line);
        }
        text.append('\n');
        if (line.endsWith("{")) {
            depth++;
        }
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
