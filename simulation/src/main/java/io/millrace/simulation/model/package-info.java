/** Breadth-first search through the states of production state machines. */
@NullMarked
package io.millrace.simulation.model;

import org.jspecify.annotations.NullMarked;
