/** Apache's command-line tools, run one after the other in a JVM with Apache's jars. */
package io.millrace.system.foreign.tools;
