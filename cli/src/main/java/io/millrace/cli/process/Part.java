package io.millrace.cli.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One part of the platform (broker, ZooKeeper server, worker or stream job) as a process that can
 * be killed and started again.
 */
public final class Part {
    private static final int STOP_SECONDS = 15;
    private static final int SHOWN_LINES = 15;

    private final String name;
    private final List<String> command;
    private final Path log;
    private Process process;

    private Part(String name, List<String> command, Path log, Process process) {
        this.name = name;
        this.command = command;
        this.log = log;
        this.process = process;
    }

    /**
     * Starts {@code millrace ARGUMENTS}; what it prints goes to {@code NAME.log} in the directory.
     */
    public static Part start(String name, Path directory, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(launcher().toString());
        command.addAll(List.of(arguments));
        Path log = directory.resolve(name + ".log");
        return new Part(name, command, log, launch(command, log));
    }

    public String name() {
        return name;
    }

    public long pid() {
        return process.pid();
    }

    /** SIGKILL, then a new process with the same arguments. */
    public void killAndRestart() throws IOException {
        process.destroyForcibly();
        awaitExit();
        process = launch(command, log);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Fails, with the end of the part's log, if its process has ended by itself. */
    public void assertAlive() {
        if (!process.isAlive()) {
            throw new IllegalStateException(
                    "the "
                            + name
                            + " ended with exit code "
                            + process.exitValue()
                            + "; the end of its log:\n"
                            + tail());
        }
    }

    /** SIGTERM, and SIGKILL for what does not stop in time. */
    public void stop() {
        process.destroy();
        awaitExit();
    }

    /** Last lines of the log. */
    public String tail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join(
                    "\n", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
        } catch (IOException e) {
            return "(cannot read " + log + ": " + e.getMessage() + ")";
        }
    }

    /** SIGTERM, then a new process with the same arguments: the step of a rolling restart. */
    public void restart() throws IOException {
        stop();
        process = launch(command, log);
    }

    private void awaitExit() {
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static Process launch(List<String> command, Path log) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        return builder.start();
    }

    private static Path launcher() {
        String home = System.getProperty("millrace.home");
        if (home == null) {
            throw new UncheckedIOException(
                    new IOException("millrace.home is not set: run bin/millrace"));
        }
        return Path.of(home, "bin", "millrace");
    }
}
