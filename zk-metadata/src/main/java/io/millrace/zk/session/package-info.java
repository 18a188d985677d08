@NullMarked
package io.millrace.zk.session;

import org.jspecify.annotations.NullMarked;
