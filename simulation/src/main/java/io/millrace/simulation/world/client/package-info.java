@NullMarked
package io.millrace.simulation.world.client;

import org.jspecify.annotations.NullMarked;
