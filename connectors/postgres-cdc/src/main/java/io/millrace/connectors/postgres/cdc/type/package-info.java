/** PostgreSQL types: text representation in, Connect schema and value out. */
@NullMarked
package io.millrace.connectors.postgres.cdc.type;

import org.jspecify.annotations.NullMarked;
