package io.millrace.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A running Java program of somebody else. Its output goes to a file; closing stops it by its own
 * process id.
 */
public final class PeerProcess implements AutoCloseable {
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    private final Process process;
    private final Path log;

    private PeerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts a JVM like the one that runs now. Its temporary directory lies beside the log: a JVM
     * that is killed leaves its native libraries behind.
     *
     * @param jvmOptions for example {@code -Xmx256m}
     * @param arguments main class and its arguments
     * @param log file that takes standard output and error
     */
    public static PeerProcess startJava(
            String classpath, List<String> jvmOptions, List<String> arguments, Path log) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Djava.io.tmpdir=" + temporaryDirectoryBeside(log));
        command.addAll(jvmOptions);
        command.add("-cp");
        command.add(classpath);
        command.addAll(arguments);
        return start(command, log);
    }

    private static Path temporaryDirectoryBeside(Path log) {
        try {
            return Files.createDirectories(log.toAbsolutePath().resolveSibling("tmp"));
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary directory beside " + log, e);
        }
    }

    /** Starts any program; {@code log} takes what it prints. */
    public static PeerProcess start(List<String> command, Path log) {
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .start();
            Scratch.watch(process);
            return new PeerProcess(process, log);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command.get(0), e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Everything the program has printed so far. */
    public String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + log, e);
        }
    }

    /**
     * Waits until {@code ready} holds; fails with the program's output if it ends or {@code
     * patience} passes before.
     */
    public void awaitReady(String what, Duration patience, BooleanSupplier ready) {
        long deadline =
                System.nanoTime() + patience.toNanos(); // gate: a real process takes real time
        while (!ready.getAsBoolean()) {
            if (!process.isAlive()) {
                throw new IllegalStateException(
                        what + " ended with exit code " + process.exitValue() + ":\n" + output());
            }
            if (System.nanoTime() > deadline) { // gate: a real process takes real time
                close();
                throw new IllegalStateException(
                        what + " was not ready after " + patience + ":\n" + output());
            }
            pause();
        }
    }

    /** Exit code, once the program has ended; it is stopped when {@code patience} passes before. */
    public int awaitExit(Duration patience) {
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                close();
                throw new IllegalStateException(
                        "did not end within " + patience + ":\n" + output());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for process " + pid(), e);
        }
    }

    /** SIGKILL, and waits until the process is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitExit(STOP_PATIENCE);
    }

    /** SIGTERM, then SIGKILL if that does not help. */
    @Override
    public void close() {
        terminate(STOP_PATIENCE);
    }

    /** SIGTERM, then SIGKILL if that does not help within {@code patience}. */
    public void terminate(Duration patience) {
        process.destroy();
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a process", e);
        }
    }
}
