/** Side-by-side runs of this broker and Apache Kafka under the same Apache clients. */
@NullMarked
package io.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
