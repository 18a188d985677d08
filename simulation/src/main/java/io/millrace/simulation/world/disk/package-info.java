@NullMarked
package io.millrace.simulation.world.disk;

import org.jspecify.annotations.NullMarked;
