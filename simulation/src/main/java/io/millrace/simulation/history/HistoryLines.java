package io.millrace.simulation.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A history as JSON lines, one event each: {@code
 * {"t_mono":12,"proc":"p1","op":7,"phase":"invoke","f":"Send","args":{…}}}; what ends an operation
 * has {@code result} instead of {@code args}, and {@code f} names the kind of result.
 */
public final class HistoryLines {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, Class<?>> KINDS = new HashMap<>();

    static {
        List.of(Call.class, Answer.class, Probe.class).stream()
                .flatMap(family -> List.of(family.getPermittedSubclasses()).stream())
                .forEach(kind -> KINDS.put(kind.getSimpleName(), kind));
        KINDS.put(Failed.class.getSimpleName(), Failed.class);
    }

    private HistoryLines() {}

    public static String line(Event event) {
        ObjectNode node = JSON.createObjectNode();
        node.put("t_mono", event.atNanos());
        node.put("proc", event.process());
        if (event.operation() >= 0) {
            node.put("op", event.operation());
        }
        node.put("phase", event.phase().name().toLowerCase(Locale.ROOT));
        node.put("f", event.body().getClass().getSimpleName());
        node.set(content(event.phase()), JSON.valueToTree(event.body()));
        return node.toString();
    }

    /** The event of a line; refuses a line that is none. */
    public static Event parse(String line) {
        try {
            JsonNode node = JSON.readTree(line);
            Phase phase = Phase.valueOf(node.path("phase").asText().toUpperCase(Locale.ROOT));
            Class<?> kind = KINDS.get(node.path("f").asText());
            if (kind == null) {
                throw new IllegalArgumentException("no such f in line: " + line);
            }
            Body body = (Body) JSON.treeToValue(node.path(content(phase)), kind);
            return new Event(
                    node.path("t_mono").asLong(),
                    node.path("proc").asText(),
                    node.path("op").asLong(-1),
                    phase,
                    body);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a line of a history: " + line, e);
        }
    }

    public static void write(Iterable<Event> events, Writer out) {
        try {
            for (Event event : events) {
                out.write(line(event));
                out.write('\n');
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a history", e);
        }
    }

    public static List<Event> read(BufferedReader in) {
        List<Event> events = new ArrayList<>();
        in.lines().filter(line -> !line.isBlank()).forEach(line -> events.add(parse(line)));
        return events;
    }

    private static String content(Phase phase) {
        return phase == Phase.INVOKE || phase == Phase.NOTE ? "args" : "result";
    }
}
