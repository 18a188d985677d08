/** The connector's configuration, parsed once. */
@NullMarked
package io.millrace.connectors.postgres.cdc.config;

import org.jspecify.annotations.NullMarked;
