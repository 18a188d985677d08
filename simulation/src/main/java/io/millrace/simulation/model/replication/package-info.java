/** One replicated partition, its brokers and their controller, as a model over production code. */
@NullMarked
package io.millrace.simulation.model.replication;

import org.jspecify.annotations.NullMarked;
