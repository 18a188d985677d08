package io.millrace.connect.plugin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles sources and packs them into a jar: a plugin as somebody else would ship it. */
final class PluginJar {
    private final Map<String, String> sources = new TreeMap<>();
    private final Map<String, String> resources = new TreeMap<>();

    PluginJar source(String className, String text) {
        sources.put(className, text);
        return this;
    }

    PluginJar resource(String path, String text) {
        resources.put(path, text);
        return this;
    }

    PluginJar service(Class<?> service, String implementation) {
        return resource("META-INF/services/" + service.getName(), implementation + "\n");
    }

    /** A source connector with a version and a task that does nothing. */
    PluginJar connector(String className, String version) {
        String pkg = className.substring(0, className.lastIndexOf('.'));
        String simple = className.substring(className.lastIndexOf('.') + 1);
        return source(
                className,
                """
                package %s;
                import java.util.*;
                public class %s extends org.apache.kafka.connect.source.SourceConnector {
                    public String version() { return "%s"; }
                    public void start(Map<String, String> config) {}
                    public Class<? extends org.apache.kafka.connect.connector.Task> taskClass() { return null; }
                    public List<Map<String, String>> taskConfigs(int max) { return List.of(); }
                    public void stop() {}
                    public org.apache.kafka.common.config.ConfigDef config() {
                        return new org.apache.kafka.common.config.ConfigDef();
                    }
                    public String load(String name) throws Exception {
                        Class<?> found = Class.forName(name, false, getClass().getClassLoader());
                        return found.getClassLoader() == null ? "jdk" : found.getClassLoader().toString();
                    }
                    public Object create(String name) throws Exception {
                        return Class.forName(name).getDeclaredConstructor().newInstance();
                    }
                }
                """
                        .formatted(pkg, simple, version));
    }

    Path write(Path jar) throws IOException {
        Map<String, byte[]> classes = compile();
        Files.createDirectories(jar.getParent());
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file)) {
            for (Map.Entry<String, byte[]> entry : classes.entrySet()) {
                out.putNextEntry(new JarEntry(entry.getKey().replace('.', '/') + ".class"));
                out.write(entry.getValue());
            }
            for (Map.Entry<String, String> entry : resources.entrySet()) {
                out.putNextEntry(new JarEntry(entry.getKey()));
                out.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
            }
        }
        return jar;
    }

    private Map<String, byte[]> compile() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<JavaFileObject> units = new ArrayList<>();
        sources.forEach((name, text) -> units.add(new Text(name, text)));
        Map<String, ByteArrayOutputStream> written = new TreeMap<>();
        try (JavaFileManager files =
                new Memory(compiler.getStandardFileManager(null, null, null), written)) {
            boolean ok =
                    compiler.getTask(null, files, null, List.of("-proc:none"), null, units).call();
            if (!ok) {
                throw new IllegalStateException("plugin does not compile");
            }
        }
        Map<String, byte[]> classes = new TreeMap<>();
        written.forEach((name, bytes) -> classes.put(name, bytes.toByteArray()));
        return classes;
    }

    private static final class Text extends SimpleJavaFileObject {
        private final String text;

        Text(String className, String text) {
            super(URI.create("string:///" + className.replace('.', '/') + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class Memory extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> written;

        Memory(JavaFileManager files, Map<String, ByteArrayOutputStream> written) {
            super(files);
            this.written = written;
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            written.put(name, bytes);
            return new SimpleJavaFileObject(URI.create("memory:///" + name + ".class"), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return bytes;
                }
            };
        }
    }
}
