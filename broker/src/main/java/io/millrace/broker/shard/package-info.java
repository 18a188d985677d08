/** The frame of a coordinator: one state machine per partition of an internal topic. */
@NullMarked
package io.millrace.broker.shard;

import org.jspecify.annotations.NullMarked;
