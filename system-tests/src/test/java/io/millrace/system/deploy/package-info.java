/** The files in {@code deploy/}: linted, rendered and read, where no engine runs them. */
@NullMarked
package io.millrace.system.deploy;

import org.jspecify.annotations.NullMarked;
