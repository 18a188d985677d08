/** Names that sink connectors look up in Apache's runtime; see the parent package. */
@org.jspecify.annotations.NullMarked
package org.apache.kafka.connect.runtime.errors;
