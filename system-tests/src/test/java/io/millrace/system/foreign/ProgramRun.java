package io.millrace.system.foreign;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.peers.PeerProcess;
import io.millrace.peers.Scratch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One run of a client's program against one broker. The program prints a line for each scenario:
 * {@code {"feature": …, "answer": …}}, or {@code "error"} in place of the answer.
 */
final class ProgramRun {
    private static final Duration PATIENCE = Duration.ofMinutes(8);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory = Scratch.directory("foreign-client-");
    private final PeerProcess process;

    private ProgramRun(List<String> command) {
        this.process = PeerProcess.start(command, directory.resolve("program.out"));
    }

    static ProgramRun start(ForeignClient client, String bootstrap, List<String> features) {
        return new ProgramRun(client.command(bootstrap, features));
    }

    /** Waits for the program's end; the lines by feature. */
    Map<String, JsonNode> lines() {
        int exit = process.awaitExit(PATIENCE);
        Map<String, JsonNode> lines = new TreeMap<>();
        for (String line : process.output().lines().toList()) {
            if (line.startsWith("{\"feature\"")) {
                JsonNode parsed = parse(line);
                lines.put(parsed.get("feature").asText(), parsed);
            }
        }
        if (exit != 0 || lines.isEmpty()) {
            throw new IllegalStateException(
                    "the program ended with exit code " + exit + ":\n" + process.output());
        }
        return lines;
    }

    /** Everything that the program printed. */
    String output() {
        return process.output();
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("not a line of JSON: " + line, e);
        }
    }
}
