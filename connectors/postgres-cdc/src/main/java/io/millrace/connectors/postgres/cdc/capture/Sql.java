package io.millrace.connectors.postgres.cdc.capture;

/** Quoting for the places where the server takes no parameters. */
final class Sql {
    private Sql() {}

    static String identifier(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    static String table(String schema, String table) {
        return identifier(schema) + "." + identifier(table);
    }
}
