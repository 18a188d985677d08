/** The orders story from end to end: database, capture, broker, stream job, sink, verification. */
@NullMarked
package io.millrace.cli.quickstart;

import org.jspecify.annotations.NullMarked;
