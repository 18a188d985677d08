package io.millrace.connect.plugin;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds plugin classes in a location that names none in service manifests, by following super
 * classes and interfaces through class file headers. Nothing is loaded. A class file that cannot be
 * read is named at debug level and left out: plugins bundle files for newer Java versions.
 */
final class ClassScan {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClassScan.class);

    private final ClassLoader api;
    private final Map<String, ClassHeader> own = new TreeMap<>();
    private final Map<String, Optional<ClassHeader>> foreign = new HashMap<>();

    private ClassScan(ClassLoader api) {
        this.api = api;
    }

    /** Names of instantiable plugin classes by type. */
    static Map<PluginType, TreeSet<String>> scan(PluginLocation location, ClassLoader api) {
        ClassScan scan = new ClassScan(api);
        for (URL url : location.urls()) {
            scan.read(url);
        }
        Map<PluginType, TreeSet<String>> found = new TreeMap<>();
        for (ClassHeader header : scan.own.values()) {
            if (!header.instantiable()) {
                continue;
            }
            for (PluginType type : PluginType.values()) {
                if (scan.reaches(header, type.base().getName())) {
                    found.computeIfAbsent(type, t -> new TreeSet<>()).add(header.name());
                }
            }
        }
        return found;
    }

    private void read(URL url) {
        try {
            Path path = Path.of(url.toURI());
            if (Files.isDirectory(path)) {
                readDirectory(path);
            } else {
                readJar(path);
            }
        } catch (IOException | URISyntaxException e) {
            LOGGER.atWarn()
                    .addKeyValue("file", url)
                    .setCause(e)
                    .log("plugin file cannot be read; its plugins are not available");
        }
    }

    private void readJar(Path path) throws IOException {
        try (JarFile jar = new JarFile(path.toFile())) {
            Enumeration<JarEntry> entries = jar.entries();
            while (entries.hasMoreElements()) {
                JarEntry entry = entries.nextElement();
                String name = entry.getName();
                if (name.endsWith(".class") && !name.startsWith("META-INF/")) {
                    try (InputStream in = new BufferedInputStream(jar.getInputStream(entry))) {
                        add(path + "!" + name, in);
                    }
                }
            }
        }
    }

    private void readDirectory(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path file : walk.filter(p -> p.toString().endsWith(".class")).toList()) {
                try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
                    add(file.toString(), in);
                }
            }
        }
    }

    private void add(String place, InputStream in) {
        try {
            ClassHeader header = ClassHeader.read(in);
            own.putIfAbsent(header.name(), header);
        } catch (IOException e) {
            LOGGER.atDebug().addKeyValue("file", place).setCause(e).log("class file left out");
        }
    }

    private boolean reaches(ClassHeader header, String base) {
        if (header.name().equals(base)) {
            return true;
        }
        String superName = header.superName();
        if (superName != null
                && !superName.equals("java.lang.Object")
                && find(superName).filter(found -> reaches(found, base)).isPresent()) {
            return true;
        }
        return header.interfaces().stream()
                .anyMatch(name -> find(name).filter(found -> reaches(found, base)).isPresent());
    }

    private Optional<ClassHeader> find(String name) {
        ClassHeader header = own.get(name);
        return header != null
                ? Optional.of(header)
                : foreign.computeIfAbsent(name, this::readFromApi);
    }

    private Optional<ClassHeader> readFromApi(String name) {
        if (name.startsWith("java.")) {
            return Optional.empty();
        }
        try (InputStream in = api.getResourceAsStream(name.replace('.', '/') + ".class")) {
            return in == null
                    ? Optional.empty()
                    : Optional.of(ClassHeader.read(new BufferedInputStream(in)));
        } catch (IOException e) {
            LOGGER.atDebug().addKeyValue("class", name).setCause(e).log("class file left out");
            return Optional.empty();
        }
    }
}
