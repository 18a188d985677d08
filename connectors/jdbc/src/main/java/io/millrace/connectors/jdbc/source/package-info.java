/** Rows to records: queries that continue from a stored position. */
@NullMarked
package io.millrace.connectors.jdbc.source;

import org.jspecify.annotations.NullMarked;
