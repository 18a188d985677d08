@NullMarked
package io.millrace.streams.topology;

import org.jspecify.annotations.NullMarked;
