@NullMarked
package io.millrace.broker.network;

import org.jspecify.annotations.NullMarked;
