/**
 * Build-time only: reads the published message schemas and writes the classes of {@code
 * io.millrace.protocol.message} and {@code io.millrace.protocol.coordinator}. Nothing at run time
 * depends on it.
 */
@NullMarked
package io.millrace.protocol.generator;

import org.jspecify.annotations.NullMarked;
