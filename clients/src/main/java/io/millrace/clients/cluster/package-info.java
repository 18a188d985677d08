/** What a client knows of the cluster, and its connections to it. */
@NullMarked
package io.millrace.clients.cluster;

import org.jspecify.annotations.NullMarked;
