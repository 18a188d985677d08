/** How the partitions of topics are divided among the members of a consumer group. Pure. */
@NullMarked
package io.millrace.broker.group.assignor;

import org.jspecify.annotations.NullMarked;
