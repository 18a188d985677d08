@NullMarked
package io.millrace.protocol.record;

import org.jspecify.annotations.NullMarked;
