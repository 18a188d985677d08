/** What all three clients share: names of partitions, record headers, and how a client fails. */
@NullMarked
package io.millrace.clients;

import org.jspecify.annotations.NullMarked;
