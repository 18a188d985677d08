@NullMarked
package io.millrace.streams.testing;

import org.jspecify.annotations.NullMarked;
