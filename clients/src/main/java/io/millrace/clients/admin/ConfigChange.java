package io.millrace.clients.admin;

import java.util.Optional;

/** One change to a setting. */
public record ConfigChange(String name, Operation operation, Optional<String> value) {

    public static ConfigChange set(String name, String value) {
        return new ConfigChange(name, Operation.SET, Optional.of(value));
    }

    /** Back to the default. */
    public static ConfigChange delete(String name) {
        return new ConfigChange(name, Operation.DELETE, Optional.empty());
    }

    /** What to do; in the order of the wire's numbers. APPEND and SUBTRACT are for lists. */
    public enum Operation {
        SET,
        DELETE,
        APPEND,
        SUBTRACT
    }
}
