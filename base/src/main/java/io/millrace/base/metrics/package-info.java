@NullMarked
package io.millrace.base.metrics;

import org.jspecify.annotations.NullMarked;
