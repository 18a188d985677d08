@NullMarked
package io.millrace.protocol.compress;

import org.jspecify.annotations.NullMarked;
