package io.millrace.cli;

import io.millrace.clients.ClientException;
import io.millrace.clients.admin.Admin;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which cluster a command talks to. */
final class ClusterOptions {
    static final String DEFAULT_BOOTSTRAP = "127.0.0.1:9092";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Option(
            names = {"-b", "--bootstrap", "--bootstrap-server"},
            paramLabel = "HOST:PORT",
            defaultValue = "${MILLRACE_BOOTSTRAP:-" + DEFAULT_BOOTSTRAP + "}",
            description =
                    "A broker of the cluster. Default: $MILLRACE_BOOTSTRAP, else "
                            + DEFAULT_BOOTSTRAP
                            + ".")
    String bootstrap = DEFAULT_BOOTSTRAP;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Properties file with client settings (Kafka's keys).")
    @Nullable Path configFile;

    /** Client configuration: the file's settings, the address, and what the command adds. */
    Map<String, String> config(Map<String, String> added) throws IOException {
        Map<String, String> config = ConfigFile.read(configFile);
        config.put("bootstrap.servers", bootstrap);
        config.putAll(added);
        return config;
    }

    Admin admin() throws IOException {
        return Admin.create(config(Map.of("client.id", "millrace-cli")));
    }

    /** The future's value; its failure comes as it is. */
    <T> T await(CompletableFuture<T> future) throws Exception {
        try {
            return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new ClientException(
                    "no answer from the cluster at "
                            + bootstrap
                            + " within "
                            + PATIENCE.toSeconds()
                            + " s. Is a broker running there? Start one with: millrace server"
                            + " --port 9092",
                    e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    /** The cluster's answer for one of the things asked about. */
    static <K, V> V answerFor(K asked, Map<K, V> answers) {
        V answer = answers.get(asked);
        if (answer == null) {
            throw new ClientException("the cluster gave no answer for " + asked);
        }
        return answer;
    }
}
