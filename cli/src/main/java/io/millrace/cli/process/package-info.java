/** Parts of the platform as processes of their own, started by a command. */
@NullMarked
package io.millrace.cli.process;

import org.jspecify.annotations.NullMarked;
