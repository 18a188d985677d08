/**
 * What brokers say to each other: connections, forwarding, and the controller of another broker.
 */
@NullMarked
package io.millrace.broker.peer;

import org.jspecify.annotations.NullMarked;
