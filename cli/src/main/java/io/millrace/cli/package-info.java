/** The millrace command: one class per subcommand. */
@NullMarked
package io.millrace.cli;

import org.jspecify.annotations.NullMarked;
