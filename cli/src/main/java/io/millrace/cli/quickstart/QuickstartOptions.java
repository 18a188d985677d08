package io.millrace.cli.quickstart;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the visitor asked for.
 *
 * @param seconds length of the load
 * @param rate transactions per second
 * @param jdbcUrl a database of the visitor's; empty for an embedded one
 * @param chaos whether processes are killed during the run
 * @param keep where data and logs stay; empty for a temporary directory that is deleted
 */
public record QuickstartOptions(
        int seconds, int rate, Optional<String> jdbcUrl, boolean chaos, Optional<Path> keep) {}
