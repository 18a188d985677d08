@NullMarked
package io.millrace.streams.runtime;

import org.jspecify.annotations.NullMarked;
