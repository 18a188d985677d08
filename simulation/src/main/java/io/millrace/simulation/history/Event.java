package io.millrace.simulation.history;

import java.util.Objects;

/**
 * One line of a history.
 *
 * @param atNanos monotonic time, one line for all processes of a history
 * @param process who
 * @param operation joins an invocation with its completion; -1 for notes
 */
public record Event(long atNanos, String process, long operation, Phase phase, Body body) {
    public Event {
        Objects.requireNonNull(process, "process");
        boolean fits =
                switch (phase) {
                    case INVOKE -> body instanceof Call;
                    case OK -> body instanceof Answer;
                    case FAIL, INFO -> body instanceof Failed;
                    case NOTE -> body instanceof Probe;
                };
        if (!fits) {
            throw new IllegalArgumentException(
                    "an event of phase " + phase + " cannot carry " + body);
        }
    }
}
