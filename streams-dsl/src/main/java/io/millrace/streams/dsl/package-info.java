@NullMarked
package io.millrace.streams.dsl;

import org.jspecify.annotations.NullMarked;
