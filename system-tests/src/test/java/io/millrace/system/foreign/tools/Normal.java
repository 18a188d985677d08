package io.millrace.system.foreign.tools;

import java.util.ArrayList;
import java.util.List;

/** Output of tools without what differs by nature: ids, hosts, times, log lines, column widths. */
final class Normal {
    private Normal() {}

    static List<String> lines(String output) {
        List<String> lines = new ArrayList<>();
        for (String line : output.split("\n")) {
            String normal =
                    line.replaceAll("127\\.0\\.0\\.1(:\\d+)?", "HOST")
                            .replaceAll("min.insync.replicas=1,?", "") // set by KRaft
                            .replaceAll("TopicId: \\S+", "TopicId: ID")
                            .replaceAll("(Leader|Replicas|Isr): \\d+", "$1: NODE")
                            .replaceAll("from brokers \\d+", "from brokers NODE")
                            .replaceAll("\\(id: \\d+", "(id: NODE")
                            .replaceAll("HOST\\s+\\(\\d+\\)", "HOST (NODE)")
                            .replaceAll("console(-share)?-consumer-[-0-9a-f]{36}", "MEMBER")
                            .replaceAll("[A-Za-z0-9_-]+-[-0-9a-f]{36}", "MEMBER")
                            .replaceAll("\\d{4}-\\d\\d-\\d\\d[ T]\\S+", "TIME")
                            .replaceAll("\\b1[78]\\d{11}\\b", "TIME")
                            .replaceAll("\\s+", " ")
                            .trim();
            if (!normal.isEmpty()
                    && !normal.startsWith("TIME")
                    && !normal.startsWith("at ")
                    && !normal.startsWith("sensitive=")) {
                lines.add(normal);
            }
        }
        return lines;
    }
}
