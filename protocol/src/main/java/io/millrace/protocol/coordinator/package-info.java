/**
 * Records of the internal topics {@code __consumer_offsets} and {@code __transaction_state} in
 * Kafka's format; all classes are generated. On disk a key starts with an int16, its class's {@code
 * RECORD_TYPE}, and a value with an int16, its version; neither is part of the class.
 */
@NullMarked
package io.millrace.protocol.coordinator;

import org.jspecify.annotations.NullMarked;
