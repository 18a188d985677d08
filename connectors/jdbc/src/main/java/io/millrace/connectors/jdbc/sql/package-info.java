/** The target database: connection, tables, identifiers, value text. */
@NullMarked
package io.millrace.connectors.jdbc.sql;

import org.jspecify.annotations.NullMarked;
