package io.millrace.connect.plugin;

/**
 * One usable plugin class.
 *
 * @param version what the plugin says; {@code undefined} when it says nothing
 */
public record PluginClass(
        PluginType type, Class<?> klass, String version, PluginLocation location) {

    public String className() {
        return klass.getName();
    }

    /** The loader to have as context loader around every call of the plugin. */
    public ClassLoader loader() {
        return klass.getClassLoader();
    }
}
