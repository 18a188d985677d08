/** Records to rows: mapping, reduction to the last state per key, batched statements. */
@NullMarked
package io.millrace.connectors.jdbc.sink;

import org.jspecify.annotations.NullMarked;
