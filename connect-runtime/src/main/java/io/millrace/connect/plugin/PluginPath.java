package io.millrace.connect.plugin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@code plugin.path}. Each child of a listed directory is one plugin: a jar, or a directory
 * that holds jars (at any depth) or classes. A listed directory that holds jars or classes itself
 * is a plugin too.
 */
final class PluginPath {
    private static final Logger LOGGER = LoggerFactory.getLogger(PluginPath.class);
    private static final int MAX_DEPTH = 8;

    private PluginPath() {}

    static List<PluginLocation> locations(List<Path> directories) {
        List<PluginLocation> found = new ArrayList<>();
        for (Path directory : directories) {
            if (!Files.isDirectory(directory)) {
                LOGGER.atWarn()
                        .addKeyValue("directory", directory)
                        .log("plugin.path names a directory that does not exist; it is skipped");
                continue;
            }
            for (Path child : children(directory)) {
                if (isArchive(child)) {
                    found.add(location(child, List.of(child)));
                } else if (Files.isDirectory(child)) {
                    List<Path> content = contentOf(child);
                    if (!content.isEmpty()) {
                        found.add(location(child, content));
                    }
                }
            }
        }
        return found;
    }

    private static List<Path> contentOf(Path directory) {
        try (Stream<Path> walk = Files.walk(directory, MAX_DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            List<Path> files = walk.filter(Files::isRegularFile).sorted().toList();
            List<Path> archives = files.stream().filter(PluginPath::isArchive).toList();
            boolean holdsClasses =
                    files.stream().anyMatch(file -> file.toString().endsWith(".class"));
            List<Path> content = new ArrayList<>(archives);
            if (holdsClasses) {
                content.add(0, directory);
            }
            return content;
        } catch (IOException e) {
            throw new UncheckedIOException("plugin directory " + directory + " is not readable", e);
        }
    }

    private static PluginLocation location(Path path, List<Path> content) {
        return new PluginLocation(
                path.getFileName().toString(),
                path.toAbsolutePath().toString(),
                content.stream().map(PluginPath::url).toList());
    }

    private static URL url(Path path) {
        try {
            return path.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException("plugin file " + path + " has no usable URL", e);
        }
    }

    private static boolean isArchive(Path path) {
        String name = path.toString().toLowerCase(Locale.ROOT);
        return Files.isRegularFile(path) && (name.endsWith(".jar") || name.endsWith(".zip"));
    }

    private static List<Path> children(Path directory) {
        try (Stream<Path> list = Files.list(directory)) {
            return list.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "plugin.path directory " + directory + " is not readable", e);
        }
    }
}
