package io.millrace.connectors.jdbc.sql;

/**
 * A column of a target table. {@code castType} is the type without length, so that a value that is
 * too long is refused and not cut; {@code typeName} is the type below domains, or the element's for
 * an array.
 */
public record TargetColumn(
        String name,
        String castType,
        String typeName,
        boolean array,
        boolean alwaysIdentity,
        boolean nullable) {}
