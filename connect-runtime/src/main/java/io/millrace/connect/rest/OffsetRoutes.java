package io.millrace.connect.rest;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.Javalin;
import io.javalin.http.Context;
import io.millrace.connect.worker.ConnectorOffsets;
import io.millrace.connect.worker.RequestRefused;
import io.millrace.connect.worker.WorkerApi;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code /connectors/{name}/offsets}. */
final class OffsetRoutes {
    private final WorkerApi api;

    OffsetRoutes(WorkerApi api) {
        this.api = api;
    }

    void register(Javalin javalin) {
        javalin.get("/connectors/{name}/offsets", this::get);
        javalin.patch("/connectors/{name}/offsets", this::patch);
        javalin.delete("/connectors/{name}/offsets", this::delete);
    }

    private void get(Context ctx) throws Exception {
        List<Map<String, Object>> offsets = new ArrayList<>();
        for (ConnectorOffsets.Entry entry :
                RestServer.await(api.offsets(ConnectorRoutes.name(ctx)))) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("partition", entry.partition());
            json.put("offset", entry.offset());
            offsets.add(json);
        }
        ctx.json(Map.of("offsets", offsets));
    }

    private void patch(Context ctx) throws Exception {
        List<ConnectorOffsets.Entry> changes = new ArrayList<>();
        for (JsonNode entry : RestJson.object(ctx).path("offsets")) {
            Map<String, Object> partition = RestJson.map(entry.get("partition"));
            if (partition == null) {
                throw new RequestRefused(
                        RequestRefused.Kind.BAD_REQUEST, "an entry of offsets has no partition");
            }
            changes.add(new ConnectorOffsets.Entry(partition, RestJson.map(entry.get("offset"))));
        }
        if (changes.isEmpty()) {
            throw new RequestRefused(
                    RequestRefused.Kind.BAD_REQUEST,
                    "Partitions / offsets need to be provided for an alter offsets request");
        }
        ctx.json(
                Map.of(
                        "message",
                        RestServer.await(api.alterOffsets(ConnectorRoutes.name(ctx), changes))));
    }

    private void delete(Context ctx) throws Exception {
        ctx.json(
                Map.of(
                        "message",
                        RestServer.await(api.alterOffsets(ConnectorRoutes.name(ctx), null))));
    }
}
