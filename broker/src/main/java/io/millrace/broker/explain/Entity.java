package io.millrace.broker.explain;

/**
 * Something that an operator asks about.
 *
 * @param name {@code topic-partition}, group id or transactional id
 */
public record Entity(Kind kind, String name) {

    /** In the order of their numbers on the wire. */
    public enum Kind {
        PARTITION,
        GROUP,
        TRANSACTION
    }
}
