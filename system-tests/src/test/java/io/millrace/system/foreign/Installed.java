package io.millrace.system.foreign;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.peers.DebianPackages;
import io.millrace.peers.Scratch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What a client's program needs on this machine. */
final class Installed {
    private Installed() {}

    /** Installs Debian's packages, or skips the test with the reason why that cannot be. */
    static void fromDebian(String... packages) {
        Optional<String> reason = DebianPackages.install(packages);
        assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
    }

    /** Copies resources of this package into a fresh directory. */
    static Path resources(String... names) {
        Path directory = Scratch.directory("foreign-program-");
        for (String name : names) {
            try (InputStream in = Installed.class.getResourceAsStream(name)) {
                if (in == null) {
                    throw new IllegalStateException("no resource " + name);
                }
                Files.copy(in, directory.resolve(name));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot copy " + name, e);
            }
        }
        return directory;
    }
}
