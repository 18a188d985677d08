/**
 * Messages of the Kafka protocol. The classes named after schemas are generated (see module {@code
 * protocol-generator}); the rest is what they are read from and written to.
 */
@NullMarked
package io.millrace.protocol.message;

import org.jspecify.annotations.NullMarked;
