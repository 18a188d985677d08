package io.millrace.peers;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What a program that ran to its end printed (standard output and error together). */
public record ProgramOutput(int exitCode, String text) {

    /** Runs a program; it is stopped, and that is an error, when it takes longer than patience. */
    public static ProgramOutput of(List<String> command, Duration patience) {
        Path directory = Scratch.directory("program-");
        try (PeerProcess process = PeerProcess.start(command, directory.resolve("output"))) {
            int exitCode = process.awaitExit(patience);
            return new ProgramOutput(exitCode, process.output());
        } finally {
            Scratch.delete(directory);
        }
    }
}
