@NullMarked
package io.millrace.broker.log;

import org.jspecify.annotations.NullMarked;
