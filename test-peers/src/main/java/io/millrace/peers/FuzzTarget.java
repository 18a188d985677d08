package io.millrace.peers;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A class with {@code public static void fuzzerTestOneInput(byte[])}, which throws when it finds
 * something wrong, and {@code public static List<byte[]> seeds()}, inputs that reach deep into what
 * it tests. Inputs that a fuzzer found interesting are kept in the resource {@code /fuzz/<simple
 * name>.txt}, one per line in base64.
 */
public final class FuzzTarget {
    private static final String METHOD = "fuzzerTestOneInput";
    private static final Pattern EXECUTIONS =
            Pattern.compile("stat::number_of_executed_units:\\s+(\\d+)");

    private final Class<?> type;

    public FuzzTarget(Class<?> type) {
        this.type = type;
    }

    /** Gives every seed and every kept input to the target, in this JVM; says how many. */
    public int replay() {
        List<byte[]> inputs = inputs();
        for (byte[] input : inputs) {
            try {
                type.getMethod(METHOD, byte[].class).invoke(null, (Object) input);
            } catch (InvocationTargetException e) {
                throw new AssertionError(
                        type.getSimpleName()
                                + " fails on "
                                + Base64.getEncoder().encodeToString(input),
                        e.getCause());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(type + " is no fuzz target", e);
            }
        }
        return inputs.size();
    }

    /**
     * Runs Jazzer on the target for so long, in a JVM with the class path of this one.
     *
     * @param work directory for inputs, output and findings; {@code corpus} in it is used again
     * @return how many inputs were tried
     * @throws AssertionError with the input and the fuzzer's output, if it found something
     */
    public long fuzz(Duration duration, Path work) {
        Path corpus = createDirectory(work.resolve("corpus"));
        writeSeeds(corpus);
        Path log = work.resolve("jazzer.out");
        PeerProcess fuzzer =
                PeerProcess.startJava(
                        System.getProperty("java.class.path")
                                + File.pathSeparator
                                + PeerClasspath.jazzer(),
                        List.of("-Xmx768m", "-XX:+UseSerialGC", "-Djazzer.hooks=true"),
                        List.of(
                                "com.code_intelligence.jazzer.Jazzer",
                                "--target_class=" + type.getName(),
                                "--instrumentation_includes=io.millrace.**",
                                "--custom_hook_includes=io.millrace.**",
                                "-max_total_time=" + duration.toSeconds(),
                                "-max_len=4096",
                                "-timeout=20",
                                "-rss_limit_mb=3000",
                                "-use_value_profile=1",
                                "-print_final_stats=1",
                                "-artifact_prefix=" + work + File.separator,
                                "--reproducer_path=" + work,
                                corpus.toString()),
                        log);
        int exit = fuzzer.awaitExit(duration.plusMinutes(3));
        String output = fuzzer.output();
        Matcher executions = EXECUTIONS.matcher(output);
        if (exit != 0 || !executions.find()) {
            String end = output.substring(Math.max(0, output.length() - 6000));
            throw new AssertionError(type.getSimpleName() + ": finding, see " + log + "\n" + end);
        }
        return Long.parseLong(executions.group(1));
    }

    private List<byte[]> inputs() {
        List<byte[]> inputs = new ArrayList<>(seeds());
        String resource = "/fuzz/" + type.getSimpleName() + ".txt";
        try (InputStream in = type.getResourceAsStream(resource)) {
            if (in != null) {
                new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                        .lines()
                        .forEach(line -> inputs.add(Base64.getDecoder().decode(line)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource, e);
        }
        return inputs;
    }

    // The method's type is part of the contract above.
    @SuppressWarnings("unchecked")
    private List<byte[]> seeds() {
        try {
            return (List<byte[]>) type.getMethod("seeds").invoke(null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " has no seeds", e);
        }
    }

    private void writeSeeds(Path corpus) {
        try (Stream<Path> present = Files.list(corpus)) {
            if (present.findAny().isPresent()) {
                return;
            }
            int number = 0;
            for (byte[] input : inputs()) {
                Files.write(corpus.resolve("seed-" + number++), input);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write seeds to " + corpus, e);
        }
    }

    private static Path createDirectory(Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create " + directory, e);
        }
    }

    @Override
    public String toString() {
        return type.getSimpleName();
    }
}
