/**
 * Frames on TCP: four bytes of length, then a request or a response. Both sides use the decoder and
 * the encoder; {@link io.millrace.protocol.net.Connection} is the client side of one connection.
 */
@NullMarked
package io.millrace.protocol.net;

import org.jspecify.annotations.NullMarked;
