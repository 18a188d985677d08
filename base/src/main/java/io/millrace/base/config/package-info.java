@NullMarked
package io.millrace.base.config;

import org.jspecify.annotations.NullMarked;
