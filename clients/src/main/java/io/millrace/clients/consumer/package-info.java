/** Reading records, alone or as a member of a group. */
@NullMarked
package io.millrace.clients.consumer;

import org.jspecify.annotations.NullMarked;
