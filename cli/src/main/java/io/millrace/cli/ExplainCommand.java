package io.millrace.cli;

import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.ExplainAdmin.Event;
import io.millrace.clients.admin.ExplainAdmin.Explanation;
import io.millrace.clients.admin.ExplainAdmin.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code millrace explain}: what happened to something, why, and what it waits for now. */
@Command(
        name = "explain",
        description =
                "Tell what happened to a partition, why, and what it waits for. Brokers remember"
                        + " the last 64 events of each.",
        mixinStandardHelpOptions = true)
final class ExplainCommand {

    @Command(
            name = "partition",
            description =
                    "Elections and their reasons, changes of the replicas in sync, and why the last"
                            + " stable offset does not move.",
            mixinStandardHelpOptions = true)
    int partition(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "TOPIC-PARTITION") String partition)
            throws Exception {
        return explain(cluster, output, Kind.PARTITION, Partitions.parse(partition).toString());
    }

    private static int explain(ClusterOptions cluster, Output output, Kind kind, String name)
            throws Exception {
        Explanation explanation;
        try (Admin admin = cluster.admin()) {
            explanation = cluster.await(admin.explanations().explain(kind, name));
        }
        if (explanation.events().isEmpty() && explanation.present().isEmpty()) {
            output.done(
                    "no broker remembers anything of "
                            + name
                            + " since it started; is the name right?",
                    Map.of("events", 0));
            return 1;
        }
        List<List<Object>> rows = new ArrayList<>();
        for (Event event : explanation.events()) {
            rows.add(List.of(Instant.ofEpochMilli(event.timeMs()), event.text()));
        }
        explanation.present().forEach(line -> rows.add(List.of("now", line)));
        output.rows(List.of("TIME", "WHAT"), rows);
        return 0;
    }
}
