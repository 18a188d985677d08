@NullMarked
package io.millrace.streams.header;

import org.jspecify.annotations.NullMarked;
