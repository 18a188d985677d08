package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace connectors}: drives a worker's REST API, ours or Apache's. */
@Command(
        name = "connectors",
        description = "Deploy, inspect and control connectors.",
        mixinStandardHelpOptions = true)
final class ConnectorsCommand {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Where the worker is. */
    static final class Worker {
        @Option(
                names = {"-u", "--url"},
                defaultValue = "${MILLRACE_CONNECT:-http://127.0.0.1:8083}",
                description =
                        "REST address of a worker. Default: $MILLRACE_CONNECT, else"
                                + " http://127.0.0.1:8083.")
        URI url = URI.create("http://127.0.0.1:8083");

        ConnectRest rest() {
            return new ConnectRest(url);
        }
    }

    @Command(
            name = "list",
            description = "Connectors with the states of their tasks.",
            mixinStandardHelpOptions = true)
    int list(@Mixin Worker worker, @Mixin Output output) {
        JsonNode all = worker.rest().call("GET", "/connectors?expand=status", null);
        List<List<Object>> rows = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : all.properties()) {
            JsonNode status = entry.getValue().path("status");
            List<String> tasks = new ArrayList<>();
            status.path("tasks").forEach(task -> tasks.add(task.path("state").asText()));
            rows.add(
                    List.of(
                            entry.getKey(),
                            status.path("type").asText(),
                            status.path("connector").path("state").asText(),
                            String.join(",", tasks)));
        }
        output.rows(List.of("CONNECTOR", "TYPE", "STATE", "TASKS"), rows);
        return 0;
    }

    @Command(
            name = "deploy",
            description = "Create or replace a connector from a JSON file.",
            mixinStandardHelpOptions = true)
    int deploy(
            @Mixin Worker worker,
            @Mixin Output output,
            @Parameters(
                            paramLabel = "FILE",
                            description =
                                    "{\"name\": …, \"config\": {…}} or the config with a name in"
                                            + " it.")
                    Path file)
            throws Exception {
        JsonNode document = JSON.readTree(file.toFile());
        JsonNode settings = document.has("config") ? document.get("config") : document;
        String name = document.path("name").asText(settings.path("name").asText());
        if (name.isEmpty()) {
            throw new IllegalArgumentException(file + " names no connector: add \"name\"");
        }
        Map<String, String> config = new TreeMap<>();
        settings.properties()
                .forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));
        worker.rest().putConfig(name, config);
        output.done("deployed " + name, Map.of("connector", name));
        return 0;
    }

    @Command(
            name = "status",
            description = "State, worker and failure of a connector and its tasks.",
            mixinStandardHelpOptions = true)
    int status(
            @Mixin Worker worker,
            @Mixin Output output,
            @Parameters(paramLabel = "NAME") String name)
            throws Exception {
        JsonNode status = worker.rest().call("GET", "/connectors/" + name + "/status", null);
        output.out().println(output.json ? status.toString() : status.toPrettyString());
        return 0;
    }

    @Command(
            name = "plugins",
            description = "Connector classes that the worker can run.",
            mixinStandardHelpOptions = true)
    int plugins(@Mixin Worker worker, @Mixin Output output) {
        List<List<Object>> rows = new ArrayList<>();
        worker.rest()
                .call("GET", "/connector-plugins", null)
                .forEach(
                        plugin ->
                                rows.add(
                                        List.of(
                                                plugin.path("class").asText(),
                                                plugin.path("type").asText(),
                                                plugin.path("version").asText())));
        output.rows(List.of("CLASS", "TYPE", "VERSION"), rows);
        return 0;
    }

    @Command(
            name = "pause",
            description = "Stop polling, keep tasks.",
            mixinStandardHelpOptions = true)
    int pause(
            @Mixin Worker worker,
            @Mixin Output output,
            @Parameters(paramLabel = "NAME") String name) {
        return control(worker, output, "PUT", name, "pause");
    }

    @Command(
            name = "resume",
            description = "Go on after pause or stop.",
            mixinStandardHelpOptions = true)
    int resume(
            @Mixin Worker worker,
            @Mixin Output output,
            @Parameters(paramLabel = "NAME") String name) {
        return control(worker, output, "PUT", name, "resume");
    }

    @Command(
            name = "stop",
            description = "Stop and free the tasks; offsets stay.",
            mixinStandardHelpOptions = true)
    int stop(
            @Mixin Worker worker,
            @Mixin Output output,
            @Parameters(paramLabel = "NAME") String name) {
        return control(worker, output, "PUT", name, "stop");
    }

    @Command(
            name = "restart",
            description = "Restart the connector and all its tasks.",
            mixinStandardHelpOptions = true)
    int restart(
            @Mixin Worker worker,
            @Mixin Output output,
            @Parameters(paramLabel = "NAME") String name) {
        return control(worker, output, "POST", name, "restart?includeTasks=true");
    }

    @Command(
            name = "delete",
            description = "Delete a connector; its offsets and topics stay.",
            mixinStandardHelpOptions = true)
    int delete(
            @Mixin Worker worker,
            @Mixin Output output,
            @Parameters(paramLabel = "NAME") String name) {
        worker.rest().call("DELETE", "/connectors/" + name, null);
        output.done("deleted " + name, Map.of("connector", name));
        return 0;
    }

    private static int control(
            Worker worker, Output output, String method, String name, String action) {
        worker.rest().call(method, "/connectors/" + name + "/" + action, null);
        String word = action.replaceAll("\\?.*", "");
        output.done(word + " asked for " + name, Map.of("connector", name, "asked", word));
        return 0;
    }
}
