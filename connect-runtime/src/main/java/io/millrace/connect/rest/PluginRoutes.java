package io.millrace.connect.rest;

import io.javalin.Javalin;
import io.javalin.http.Context;
import io.millrace.connect.plugin.PluginClass;
import io.millrace.connect.plugin.PluginType;
import io.millrace.connect.worker.RequestRefused;
import io.millrace.connect.worker.WorkerApi;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/** {@code /connector-plugins} and below. */
final class PluginRoutes {
    private final WorkerApi api;

    PluginRoutes(WorkerApi api) {
        this.api = api;
    }

    void register(Javalin javalin) {
        javalin.get("/connector-plugins", this::list);
        javalin.get("/connector-plugins/{plugin}/config", this::config);
        javalin.put("/connector-plugins/{plugin}/config/validate", this::validate);
    }

    private void list(Context ctx) {
        boolean all = "false".equals(ctx.queryParam("connectorsOnly"));
        Set<Map<String, Object>> plugins = new LinkedHashSet<>();
        for (PluginClass plugin : api.plugins()) {
            boolean shown =
                    PluginType.CONNECTORS.contains(plugin.type())
                            || all
                                    && plugin.type() != PluginType.CLIENT_CONFIG_POLICY
                                    && plugin.type() != PluginType.CONFIGPROVIDER;
            if (shown) {
                Map<String, Object> json = new LinkedHashMap<>();
                json.put("class", plugin.className());
                json.put("type", plugin.type().id());
                if (!plugin.version().equals("undefined")) {
                    json.put("version", plugin.version());
                }
                plugins.add(json);
            }
        }
        ctx.json(plugins);
    }

    private void config(Context ctx) throws Exception {
        ConfigDef def =
                RestServer.await(
                        api.pluginDefinition(ctx.pathParam("plugin"), ctx.queryParam("version")));
        List<Map<String, @Nullable Object>> keys = new ArrayList<>();
        def.configKeys().values().forEach(key -> keys.add(ConfigJson.key(key)));
        ctx.json(keys);
    }

    private void validate(Context ctx) throws Exception {
        Map<String, String> config = RestJson.withoutNulls(RestJson.config(RestJson.object(ctx)));
        String plugin = ctx.pathParam("plugin");
        String named = config.getOrDefault("connector.class", "");
        String inBody = named.substring(named.lastIndexOf('.') + 1);
        String inPath = plugin.substring(plugin.lastIndexOf('.') + 1);
        if (named.isEmpty()) {
            config.put("connector.class", plugin);
        } else if (!inBody.startsWith(inPath) && !inPath.startsWith(inBody)) {
            throw new RequestRefused(
                    RequestRefused.Kind.BAD_REQUEST,
                    "Included connector type " + named + " does not match request type " + plugin);
        }
        ctx.json(ConfigJson.report(RestServer.await(api.validate(config))));
    }
}
