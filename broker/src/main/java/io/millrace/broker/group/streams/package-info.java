/**
 * Members, tasks, topologies, records and assignments of streams groups (KIP-1071): pure values.
 */
@NullMarked
package io.millrace.broker.group.streams;

import org.jspecify.annotations.NullMarked;
