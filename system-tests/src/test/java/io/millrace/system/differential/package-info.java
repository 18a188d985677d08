/**
 * The same requests to two brokers, and their answers compared field by field: {@link
 * io.millrace.system.differential.Duel} holds the two, {@link
 * io.millrace.system.differential.Sequence} asks both, {@code *Steps} are what is asked, {@link
 * io.millrace.system.differential.Comparison} finds what differs, and {@link
 * io.millrace.system.differential.IntendedDifferences} knows what may.
 */
package io.millrace.system.differential;
