package io.millrace.examples.orders;

/** Key of a captured row, written as change capture writes it: {@code {"id":7}}. */
record RowKey(long id) {}
