/**
 * Why a partition, a group or a transaction is as it is: its last events, and what it waits for.
 */
@NullMarked
package io.millrace.broker.explain;

import org.jspecify.annotations.NullMarked;
