package io.millrace.system;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * Puts a connector and its libraries into a directory of {@code plugin.path}, from where this JVM
 * has their classes: jars are copied, a folder of classes becomes a jar.
 */
public final class PluginDirectory {
    private PluginDirectory() {}

    /** {@code classes}: one class of the plugin and of each library it brings along. */
    public static void fill(Path plugin, List<Class<?>> classes) throws IOException {
        Files.createDirectories(plugin);
        for (Class<?> type : classes) {
            Path location = locationOf(type);
            if (Files.isDirectory(location)) {
                jar(location, plugin.resolve(plugin.getFileName() + ".jar"));
            } else {
                Files.copy(location, plugin.resolve(location.getFileName()));
            }
        }
    }

    private static Path locationOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(type + " comes from no file", e);
        }
    }

    private static void jar(Path folder, Path target) throws IOException {
        try (OutputStream file = Files.newOutputStream(target);
                JarOutputStream jar = new JarOutputStream(file);
                Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.filter(Files::isRegularFile).sorted().toList()) {
                jar.putNextEntry(new JarEntry(folder.relativize(path).toString()));
                Files.copy(path, jar);
                jar.closeEntry();
            }
        }
    }
}
