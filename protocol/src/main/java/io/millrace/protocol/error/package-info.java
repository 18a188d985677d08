/** Outcomes with a number on the wire. */
@NullMarked
package io.millrace.protocol.error;

import org.jspecify.annotations.NullMarked;
