package io.millrace.peers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Foreign clients that Debian ships: installed when a test needs them and may install them. */
public final class DebianPackages {
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private DebianPackages() {}

    /**
     * Sees to it that packages are installed; needs root where some are missing.
     *
     * @return why they are not, or nothing when they are
     */
    public static Optional<String> install(String... packages) {
        if (!Files.isExecutable(Path.of("/usr/bin/dpkg-query"))) {
            return Optional.of("no Debian: " + List.of(packages) + " must be installed by hand");
        }
        List<String> missing = new ArrayList<>();
        for (String name : packages) {
            if (version(name).isEmpty()) {
                missing.add(name);
            }
        }
        if (missing.isEmpty()) {
            return Optional.empty();
        }
        if (!"root".equals(System.getProperty("user.name"))) {
            return Optional.of("not root: run apt-get install " + String.join(" ", missing));
        }
        run(List.of("apt-get", "-q", "update"));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "env",
                                "DEBIAN_FRONTEND=noninteractive",
                                "apt-get",
                                "-q",
                                "-y",
                                "--no-install-recommends",
                                "install"));
        command.addAll(missing);
        ProgramOutput installed = run(command);
        return installed.exitCode() == 0
                ? Optional.empty()
                : Optional.of("apt-get cannot install " + missing + ":\n" + installed.text());
    }

    /** Upstream's version of an installed package, without Debian's revision. */
    public static Optional<String> version(String name) {
        ProgramOutput asked =
                run(List.of("dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", name));
        String[] words = asked.text().trim().split(" ");
        if (asked.exitCode() != 0 || !words[0].equals("installed")) {
            return Optional.empty();
        }
        return Optional.of(words[1].replaceAll("^[0-9]+:", "").replaceAll("[-+][^-]*$", ""));
    }

    private static ProgramOutput run(List<String> command) {
        return ProgramOutput.of(command, PATIENCE);
    }
}
