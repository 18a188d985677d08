package io.millrace.clients.admin;

/**
 * Lets somebody do something, or forbids it.
 *
 * @param resourceName {@code *} for all of the type
 * @param principal {@code User:name}, or {@code User:*}
 * @param host address, or {@code *}
 */
public record Acl(
        ResourceType resourceType,
        String resourceName,
        PatternType patternType,
        String principal,
        String host,
        Operation operation,
        Permission permission) {

    /** What it is about; in the order of the wire's numbers. */
    public enum ResourceType {
        UNKNOWN,
        ANY,
        TOPIC,
        GROUP,
        CLUSTER,
        TRANSACTIONAL_ID,
        DELEGATION_TOKEN,
        USER
    }

    /** How the resource's name is meant; in the order of the wire's numbers. */
    public enum PatternType {
        UNKNOWN,
        ANY,
        /** In filters: all that concern a resource of the name. */
        MATCH,
        LITERAL,
        PREFIXED
    }

    /** What is done; in the order of the wire's numbers. */
    public enum Operation {
        UNKNOWN,
        ANY,
        ALL,
        READ,
        WRITE,
        CREATE,
        DELETE,
        ALTER,
        DESCRIBE,
        CLUSTER_ACTION,
        DESCRIBE_CONFIGS,
        ALTER_CONFIGS,
        IDEMPOTENT_WRITE,
        CREATE_TOKENS,
        DESCRIBE_TOKENS,
        TWO_PHASE_COMMIT
    }

    /** Whether it may be done; in the order of the wire's numbers. */
    public enum Permission {
        UNKNOWN,
        ANY,
        DENY,
        ALLOW
    }

    static Acl ofWire(
            byte resourceType,
            String resourceName,
            byte patternType,
            String principal,
            String host,
            byte operation,
            byte permission) {
        return new Acl(
                at(ResourceType.values(), resourceType),
                resourceName,
                at(PatternType.values(), patternType),
                principal,
                host,
                at(Operation.values(), operation),
                at(Permission.values(), permission));
    }

    private static <E> E at(E[] values, byte code) {
        // The first is UNKNOWN, for what brokers newer than this client say.
        return values[code >= 0 && code < values.length ? code : 0];
    }
}
