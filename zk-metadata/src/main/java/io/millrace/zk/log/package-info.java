@NullMarked
package io.millrace.zk.log;

import org.jspecify.annotations.NullMarked;
