/** Text files as an Apache Kafka Connect source and sink, line by line. */
@NullMarked
package io.millrace.connectors.file;

import org.jspecify.annotations.NullMarked;
