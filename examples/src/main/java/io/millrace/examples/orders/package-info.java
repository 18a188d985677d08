/**
 * The orders story: a shop's database is captured, joined, aggregated, and the report goes back
 * into the database.
 */
@NullMarked
package io.millrace.examples.orders;

import org.jspecify.annotations.NullMarked;
