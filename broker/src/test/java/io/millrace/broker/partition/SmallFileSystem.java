package io.millrace.broker.partition;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of its own in memory, of a few megabytes, where the machine lets us mount one. */
final class SmallFileSystem implements AutoCloseable {
    private final Path root;
    private final String problem;

    private SmallFileSystem(Path root, String problem) {
        this.root = root;
        this.problem = problem;
    }

    static SmallFileSystem mount(Path root, int megabytes) throws IOException {
        Files.createDirectories(root);
        String size = "size=" + megabytes + "m";
        return new SmallFileSystem(
                root, run("mount", "-t", "tmpfs", "-o", size, "tmpfs", root.toString()));
    }

    boolean isMounted() {
        return problem.isEmpty();
    }

    /** Why it is not mounted. */
    String problem() {
        return problem;
    }

    Path root() {
        return root;
    }

    @Override
    public void close() throws IOException {
        if (isMounted()) {
            run("umount", "--lazy", root.toString());
        }
    }

    private static String run(String... command) throws IOException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? "" : "mount: " + said;
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
