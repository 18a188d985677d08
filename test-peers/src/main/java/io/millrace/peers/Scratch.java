package io.millrace.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * What peers need for a while: directories and processes. Their owners give them back; what is left
 * when this JVM ends is stopped, then deleted, so that no run leaves anything behind.
 */
public final class Scratch {
    private static final Set<Path> DIRECTORIES = ConcurrentHashMap.newKeySet();
    private static final Set<Process> PROCESSES = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Scratch::clear)); // gate: hooks are threads
    }

    private Scratch() {}

    /** A fresh directory below the temporary directory. */
    public static Path directory(String prefix) {
        try {
            Path directory = Files.createTempDirectory(prefix);
            DIRECTORIES.add(directory);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary directory", e);
        }
    }

    /** Deletes a directory that {@link #directory} made; leaves any other alone. */
    public static void delete(Path directory) {
        if (!DIRECTORIES.remove(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.walk(directory)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(entry);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + directory, e);
        }
    }

    static void watch(Process process) {
        PROCESSES.add(process);
        process.onExit().thenAccept(PROCESSES::remove);
    }

    private static void clear() {
        for (Process process : PROCESSES) {
            process.destroyForcibly().onExit().join();
        }
        DIRECTORIES.forEach(Scratch::delete);
    }
}
