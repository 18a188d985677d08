/** Runs source and sink tasks: each on a thread of its own, from records to offsets. */
@org.jspecify.annotations.NullMarked
package io.millrace.connect.task;
