package io.millrace.cli;

import io.millrace.connect.worker.ConnectWorker;
import io.millrace.connect.worker.WorkerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code millrace connect}: a Connect worker that has the built-in connectors and those of {@code
 * --plugins}.
 */
@Command(name = "connect", description = "Run a Connect worker.", mixinStandardHelpOptions = true)
final class ConnectCommand implements Callable<Integer> {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Properties file with Kafka Connect's worker keys.")
    @Nullable Path configFile;

    @Option(
            names = {"-b", "--bootstrap"},
            paramLabel = "HOST:PORT",
            description = "A broker of the cluster.")
    @Nullable String bootstrap;

    @Option(
            names = "--port",
            description = "Port of the REST API; 0 takes a free one. Default: 8083.")
    @Nullable Integer port;

    @Option(
            names = "--plugins",
            paramLabel = "DIR",
            description = "Directory with one folder per plugin.")
    @Nullable Path plugins;

    @Override
    public Integer call() throws Exception {
        Map<String, String> settings = ConfigFile.read(configFile);
        if (bootstrap != null) {
            settings.put("bootstrap.servers", bootstrap);
        }
        settings.putIfAbsent("bootstrap.servers", ClusterOptions.DEFAULT_BOOTSTRAP);
        if (port != null) {
            settings.put("listeners", "http://127.0.0.1:" + port);
        }
        settings.put("plugin.path", pluginPath(settings.getOrDefault("plugin.path", "")));
        String source = configFile == null ? "command line" : configFile.toString();
        ConnectWorker worker = ConnectWorker.start(WorkerConfig.parse(source, settings));
        System.out.println("millrace connect: ready at " + worker.restUrl());
        Shutdown.awaitThenClose("the worker", worker);
        return 0;
    }

    private String pluginPath(String configured) {
        List<String> path = new ArrayList<>();
        String home = System.getProperty("millrace.home");
        if (home != null) {
            Path builtIn = Path.of(home, "cli", "target", "dist", "plugins");
            if (Files.isDirectory(builtIn)) {
                path.add(builtIn.toString());
            }
        }
        if (!configured.isEmpty()) {
            path.add(configured);
        }
        if (plugins != null) {
            if (!Files.isDirectory(plugins)) {
                throw new IllegalArgumentException("--plugins=" + plugins + " is not a directory");
            }
            path.add(plugins.toAbsolutePath().toString());
        }
        return String.join(",", path);
    }
}
