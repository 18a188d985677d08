@NullMarked
package io.millrace.streams.task;

import org.jspecify.annotations.NullMarked;
