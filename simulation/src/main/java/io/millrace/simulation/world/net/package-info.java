@NullMarked
package io.millrace.simulation.world.net;

import org.jspecify.annotations.NullMarked;
