/** Asking about and changing a cluster. */
@NullMarked
package io.millrace.clients.admin;

import org.jspecify.annotations.NullMarked;
