package io.millrace.system.foreign;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.peers.DebianPackages;
import io.millrace.peers.Scratch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.stream.Stream;

/** What a client's program needs on this machine. */
final class Installed {
    private Installed() {}

    /** Installs Debian's packages, or skips the test with the reason why that cannot be. */
    static void fromDebian(String... packages) {
        orSkip(DebianPackages.install(packages));
    }

    /** Skips the test where there is a reason to. */
    static void orSkip(Optional<String> reason) {
        assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
    }

    /** Skips the test where a program is not on the path. */
    static void programs(String... names) {
        for (String name : names) {
            assumeTrue(
                    Stream.of(System.getenv("PATH").split(":"))
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name))),
                    () -> name + " is not installed");
        }
    }

    /** Copies resources of this package into a fresh directory. */
    static Path resources(String... names) {
        return resources(Scratch.directory("foreign-program-"), names);
    }

    /** Copies resources of this package into a directory. */
    static Path resources(Path directory, String... names) {
        for (String name : names) {
            try (InputStream in = Installed.class.getResourceAsStream(name)) {
                if (in == null) {
                    throw new IllegalStateException("no resource " + name);
                }
                Files.copy(in, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot copy " + name, e);
            }
        }
        return directory;
    }
}
