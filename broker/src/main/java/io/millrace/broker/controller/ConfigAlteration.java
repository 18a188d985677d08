package io.millrace.broker.controller;

import io.millrace.metadata.record.ConfigResource;
import java.util.List;

/**
 * Changes to the entries of one resource.
 *
 * @param replaceAll whether entries that are not named go back to their default, as the old
 *     AlterConfigs does
 */
public record ConfigAlteration(ConfigResource resource, List<Edit> edits, boolean replaceAll) {

    /**
     * One entry.
     *
     * @param value null only for {@link Operation#DELETE}
     */
    public record Edit(
            Operation operation, String key, @org.jspecify.annotations.Nullable String value) {}

    /** What happens to an entry; ids are Kafka's. */
    public enum Operation {
        SET(0),
        DELETE(1),
        APPEND(2),
        SUBTRACT(3);

        private final int id;

        Operation(int id) {
            this.id = id;
        }

        public int id() {
            return id;
        }

        /** The operation with Kafka's number, or an {@link IllegalArgumentException}. */
        public static Operation of(int id) {
            if (id < 0 || id >= values().length) {
                throw new IllegalArgumentException("config operation " + id + " is unknown");
            }
            return values()[id];
        }
    }
}
