@NullMarked
package io.millrace.streams.storage;

import org.jspecify.annotations.NullMarked;
