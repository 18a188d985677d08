/**
 * Members of consumer groups (KIP-848): what they are, how they come from one assignment to the
 * next, and how the log keeps them. Values and rules without state.
 */
@NullMarked
package io.millrace.broker.group.consumer;

import org.jspecify.annotations.NullMarked;
