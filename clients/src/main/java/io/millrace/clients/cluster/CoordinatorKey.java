package io.millrace.clients.cluster;

/** What a coordinator is asked for by: a group, or a producer's transactional id. */
public record CoordinatorKey(Type type, String name) {

    public static CoordinatorKey group(String id) {
        return new CoordinatorKey(Type.GROUP, id);
    }

    public static CoordinatorKey transaction(String transactionalId) {
        return new CoordinatorKey(Type.TRANSACTION, transactionalId);
    }

    /** Kinds of coordinator; in the order of the wire's numbers. */
    public enum Type {
        GROUP("group"),
        TRANSACTION("transactional id");

        private final String noun;

        Type(String noun) {
            this.noun = noun;
        }
    }

    /** As messages say it: {@code group orders}. */
    @Override
    public String toString() {
        return type.noun + " " + name;
    }
}
