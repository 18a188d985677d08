@NullMarked
package io.millrace.streams.serialization;

import org.jspecify.annotations.NullMarked;
