package io.millrace.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says of a process (Linux, {@code /proc}). */
final class ProcessFigures {
    /** Ticks per second of {@code /proc/PID/stat}; 100 on every Linux that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int FIELD_UTIME = 11;

    private ProcessFigures() {}

    /** User and system time so far, in seconds. */
    static double cpuSeconds(long pid) {
        String stat = read(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[FIELD_UTIME]) + Long.parseLong(fields[FIELD_UTIME + 1]))
                / TICKS_PER_SECOND;
    }

    /** Resident memory in MiB. */
    static double residentMib(long pid) {
        for (String line : read(Path.of("/proc/" + pid + "/status")).split("\n")) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
            }
        }
        throw new IllegalStateException("/proc/" + pid + "/status has no VmRSS");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": has the process ended?", e);
        }
    }
}
