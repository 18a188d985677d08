/** What clients and brokers saw, recorded, and the invariants that it must keep. */
@NullMarked
package io.millrace.simulation.history;

import org.jspecify.annotations.NullMarked;
