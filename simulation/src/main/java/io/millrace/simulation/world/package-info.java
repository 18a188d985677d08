/** A cluster in one process: virtual time, network, disks and ensemble, all from one seed. */
@NullMarked
package io.millrace.simulation.world;

import org.jspecify.annotations.NullMarked;
