/** Replicas of a partition: who leads, who follows, and what is safe (KIP-101, 279, 320, 966). */
@NullMarked
package io.millrace.broker.replication;

import org.jspecify.annotations.NullMarked;
