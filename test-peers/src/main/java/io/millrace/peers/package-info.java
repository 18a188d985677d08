/**
 * Servers and tools of others, run as processes of their own, so that none of their classes meets
 * ours.
 */
@NullMarked
package io.millrace.peers;

import org.jspecify.annotations.NullMarked;
