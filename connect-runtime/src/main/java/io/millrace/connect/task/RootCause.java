package io.millrace.connect.task;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Says why something failed: the root cause in one line first, then the whole trace. */
public final class RootCause {
    private RootCause() {}

    public static Throwable of(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }

    /** Class and message of the root cause. */
    public static String line(Throwable failure) {
        Throwable root = of(failure);
        String message = root.getMessage();
        return root.getClass().getSimpleName()
                + (message == null || message.isBlank() ? "" : ": " + message.strip());
    }

    /** Text for a status: root cause, the path to it, and the stack traces. */
    public static String trace(Throwable failure) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        out.println(line(failure));
        failure.printStackTrace(out);
        out.flush();
        return text.toString();
    }
}
