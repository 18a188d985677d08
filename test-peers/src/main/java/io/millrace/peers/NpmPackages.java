package io.millrace.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Foreign clients of the npm registry, each in a directory of its own. */
public final class NpmPackages {
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private final Path directory;

    /**
     * @param directory that keeps what is installed from one run to the next
     */
    public NpmPackages(Path directory) {
        this.directory = directory.toAbsolutePath();
    }

    public Path directory() {
        return directory;
    }

    /**
     * Installs packages, in the form {@code name@version}, and builds what they build.
     *
     * @return why they are not, or nothing when they are
     */
    public Optional<String> install(String... packages) {
        return once(
                () -> {
                    Optional<String> failure = download(packages);
                    return failure.isPresent() ? failure : build(List.of());
                });
    }

    /**
     * Installs {@code @confluentinc/kafka-javascript}. Its binary comes from GitHub; where that is
     * out of reach, librdkafka is built from the source in the package, with Debian's zlib, zstd
     * and OpenSSL, and the binding against it.
     *
     * @return why it is not, or nothing when it is
     */
    public Optional<String> installKafkaJavascript(String version) {
        return once(
                () -> {
                    String name = "@confluentinc/kafka-javascript";
                    if (npm(List.of(), "install", name + "@" + version).exitCode() == 0) {
                        return Optional.empty();
                    }
                    Optional<String> failure = download(name + "@" + version);
                    return failure.isPresent() ? failure : buildKafkaJavascript(name);
                });
    }

    private interface Installation {
        Optional<String> run();
    }

    private Optional<String> once(Installation installation) {
        Path done = directory.resolve("installed");
        if (Files.exists(done)) {
            return Optional.empty();
        }
        try {
            Files.createDirectories(directory);
            Optional<String> failure = installation.run();
            if (failure.isEmpty()) {
                Files.writeString(done, "");
            }
            return failure;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot install into " + directory, e);
        }
    }

    private Optional<String> buildKafkaJavascript(String name) {
        Path prefix = directory.resolve("librdkafka");
        Path source = directory.resolve("node_modules/" + name + "/deps/librdkafka");
        String commands =
                "cd '%s' && ./configure --prefix='%s' --disable-gssapi --disable-curl && make -j2"
                        + " libs && make install-subdirs";
        ProgramOutput built =
                ProgramOutput.of(
                        List.of("bash", "-c", String.format(commands, source, prefix)), PATIENCE);
        if (built.exitCode() != 0) {
            return Optional.of("librdkafka does not build:\n" + built.text());
        }
        return build(
                List.of(
                        "BUILD_LIBRDKAFKA=0",
                        "CXX=g++ -I" + prefix.resolve("include/librdkafka"),
                        "LDFLAGS=-L%1$s -Wl,-rpath,%1$s".formatted(prefix.resolve("lib"))));
    }

    private Optional<String> download(String... packages) {
        ProgramOutput output =
                npm(
                        List.of(),
                        Stream.concat(Stream.of("install", "--ignore-scripts"), Stream.of(packages))
                                .toArray(String[]::new));
        return output.exitCode() == 0
                ? Optional.empty()
                : Optional.of("npm cannot install " + List.of(packages) + ":\n" + output.text());
    }

    private Optional<String> build(List<String> environment) {
        ProgramOutput output = npm(environment, "rebuild", "--foreground-scripts");
        return output.exitCode() == 0
                ? Optional.empty()
                : Optional.of("npm cannot build in " + directory + ":\n" + output.text());
    }

    private ProgramOutput npm(List<String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of("env"));
        command.addAll(environment);
        command.addAll(List.of("npm", "--prefix", directory.toString()));
        command.addAll(List.of(arguments));
        return ProgramOutput.of(command, PATIENCE);
    }
}
