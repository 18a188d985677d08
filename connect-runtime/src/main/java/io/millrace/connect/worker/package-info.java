/**
 * The worker: its configuration, the herder that owns all connectors and tasks, and what it needs
 * to build them.
 */
@org.jspecify.annotations.NullMarked
package io.millrace.connect.worker;
