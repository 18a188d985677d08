package io.millrace.base.config;

/** Text that must not be printed. {@link #toString()} hides it; only {@link #reveal()} gives it. */
public record Secret(String text) {

    /** The text itself, for the one place that needs it. */
    public String reveal() {
        return text;
    }

    @Override
    public String toString() {
        return "[hidden]";
    }
}
