package io.millrace.clients.admin;

import io.millrace.base.config.ConfigReader;
import io.millrace.clients.cluster.ClientConfig;
import java.util.Map;

/** Configuration of an admin client: only what all clients share. */
public record AdminConfig(ClientConfig client) {

    /**
     * Reads an admin client's configuration.
     *
     * @throws io.millrace.base.config.ConfigException naming every problem
     */
    public static AdminConfig parse(Map<String, String> values) {
        ConfigReader reader = new ConfigReader("admin", values);
        AdminConfig config = new AdminConfig(ClientConfig.read(reader));
        reader.finish();
        return config;
    }
}
