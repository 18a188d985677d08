@NullMarked
package io.millrace.base.time;

import org.jspecify.annotations.NullMarked;
