/** Finds plugins written to Apache's connect-api, isolates them, and creates their objects. */
@org.jspecify.annotations.NullMarked
package io.millrace.connect.plugin;
