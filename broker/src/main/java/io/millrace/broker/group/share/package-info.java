/** Members, records and assignments of share groups (KIP-932): values without behaviour. */
@NullMarked
package io.millrace.broker.group.share;

import org.jspecify.annotations.NullMarked;
