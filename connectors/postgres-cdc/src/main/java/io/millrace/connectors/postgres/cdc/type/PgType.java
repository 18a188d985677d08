package io.millrace.connectors.postgres.cdc.type;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A type of the captured database, with the types it is made of already resolved. */
public sealed interface PgType {
    String name();

    /** A built-in or extension type, known by its name. */
    record Base(String name) implements PgType {}

    record Enumeration(String name, List<String> labels) implements PgType {
        public Enumeration {
            labels = List.copyOf(labels);
        }
    }

    /** {@code typeModifier} is the one the domain puts on its base type, -1 if none. */
    record Domain(String name, PgType base, int typeModifier) implements PgType {}

    record Array(String name, PgType element) implements PgType {}

    /** The innermost type below domains. */
    static PgType withoutDomains(PgType type) {
        PgType current = type;
        while (current instanceof Domain domain) {
            current = domain.base();
        }
        return current;
    }

    /** The type modifier that counts for a column: a domain's own wins over the column's. */
    static int modifier(PgType type, int columnModifier) {
        int modifier = columnModifier;
        @Nullable PgType current = type;
        while (current instanceof Domain domain) {
            if (domain.typeModifier() >= 0) {
                modifier = domain.typeModifier();
            }
            current = domain.base();
        }
        return modifier;
    }
}
