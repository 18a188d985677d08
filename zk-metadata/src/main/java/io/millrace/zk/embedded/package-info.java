@NullMarked
package io.millrace.zk.embedded;

import org.jspecify.annotations.NullMarked;
