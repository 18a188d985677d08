package io.millrace.system.foreign;

import io.millrace.peers.ApacheTool;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Apache's command-line tools print the same on Millrace as on Apache Kafka. */
@Tag("slow")
class ApacheToolsComparisonTest extends ForeignClientTest {
    @Override
    ForeignClient client() {
        return new ForeignClient(
                "apache-tools",
                "4.3.1",
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dlog4j2.level=OFF",
                        "-cp",
                        ApacheTool.classpath() + ":" + Path.of("target", "test-classes"),
                        "io.millrace.system.foreign.tools.ToolsProgram"));
    }
}
