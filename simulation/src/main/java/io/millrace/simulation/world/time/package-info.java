@NullMarked
package io.millrace.simulation.world.time;

import org.jspecify.annotations.NullMarked;
