/** Values to bytes and back. */
@NullMarked
package io.millrace.clients.serde;

import org.jspecify.annotations.NullMarked;
