/** A cluster on one machine, and plans of who shall hold which partition. */
@NullMarked
package io.millrace.cli.cluster;

import org.jspecify.annotations.NullMarked;
