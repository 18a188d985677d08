@NullMarked
package io.millrace.zk.election;

import org.jspecify.annotations.NullMarked;
