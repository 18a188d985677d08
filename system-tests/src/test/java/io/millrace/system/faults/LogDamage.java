package io.millrace.system.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Damages logs on the disk of a stopped broker: cuts tails, flips bits, writes zeros. */
final class LogDamage {
    private static final int MAX_CUT = 20_000;
    private static final int MAX_FLIPS = 20;
    private static final int PAGE = 4_096;

    private final Path data;
    private final SplittableRandom random;

    LogDamage(Path data, SplittableRandom random) {
        this.data = data;
        this.random = random;
    }

    /** The log files of a topic, of all partitions. */
    static List<Path> logs(Path data, String topic) {
        try (Stream<Path> files = Files.walk(data)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .filter(
                            file ->
                                    file.getParent()
                                            .getFileName()
                                            .toString()
                                            .matches(
                                                    java.util.regex.Pattern.quote(topic) + "-\\d+"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Damages one log of the topic; says how. */
    String damageOne(String topic) {
        List<Path> logs = logs(data, topic);
        if (logs.isEmpty()) {
            return "nothing to damage";
        }
        Path log = logs.get(random.nextInt(logs.size()));
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            if (file.length() < 2) {
                return log + " is empty";
            }
            return switch (random.nextInt(3)) {
                case 0 -> cut(log, file);
                case 1 -> flip(log, file);
                default -> zero(log, file);
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String cut(Path log, RandomAccessFile file) throws IOException {
        long cut = 1 + random.nextLong(Math.min(MAX_CUT, file.length() - 1));
        file.setLength(file.length() - cut);
        return "cut " + cut + " bytes off " + log;
    }

    private String flip(Path log, RandomAccessFile file) throws IOException {
        int flips = 1 + random.nextInt(MAX_FLIPS);
        for (int i = 0; i < flips; i++) {
            long at = random.nextLong(file.length());
            file.seek(at);
            int was = file.read();
            file.seek(at);
            file.write(was ^ (1 << random.nextInt(8)));
        }
        return "flipped " + flips + " bits in " + log;
    }

    private String zero(Path log, RandomAccessFile file) throws IOException {
        long at = random.nextLong(file.length()) / PAGE * PAGE;
        int length = (int) Math.min(PAGE, file.length() - at);
        file.seek(at);
        file.write(new byte[length]);
        return "zeroed " + length + " bytes at " + at + " of " + log;
    }
}
