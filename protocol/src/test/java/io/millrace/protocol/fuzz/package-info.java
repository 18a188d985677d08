/** What reads bytes of others, given bytes that nobody would send: see {@code FuzzTest}. */
package io.millrace.protocol.fuzz;
