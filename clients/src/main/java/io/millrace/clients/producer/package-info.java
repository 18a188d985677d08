/** Sending records. */
@NullMarked
package io.millrace.clients.producer;

import org.jspecify.annotations.NullMarked;
