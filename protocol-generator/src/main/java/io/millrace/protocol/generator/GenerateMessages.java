package io.millrace.protocol.generator;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Entry point of the build step. Arguments: output folder, folder of the newest client schemas,
 * folder of the older release's client schemas, then folders of coordinator record schemas. Does
 * nothing when its output is younger than itself and was written from the same folders; a file is
 * rewritten only if its text changed, so that the compiler sees no change where there is none.
 */
public final class GenerateMessages {
    /** Served by members of a Raft quorum only. */
    private static final Set<String> NOT_SERVED =
            Set.of("DescribeQuorum", "AddRaftVoter", "RemoveRaftVoter");

    /** What a broker asks of the controller; no client does. */
    private static final Set<String> OF_THE_CONTROLLER =
            Set.of(
                    "AlterPartition",
                    "Envelope",
                    "BrokerRegistration",
                    "BrokerHeartbeat",
                    "AllocateProducerIds",
                    "AssignReplicasToDirs");

    private static final Set<String> OTHER_MESSAGES =
            Set.of(
                    "RequestHeader",
                    "ResponseHeader",
                    "ConsumerProtocolSubscription",
                    "ConsumerProtocolAssignment",
                    "EndTxnMarker");

    private GenerateMessages() {}

    public static void main(String[] arguments) throws IOException, URISyntaxException {
        Path output = Path.of(arguments[0]);
        Path stamp = output.resolve(".written-from");
        String inputs = String.join("\n", arguments);
        if (isUpToDate(stamp, inputs)) {
            return;
        }
        SchemaReader reader = new SchemaReader();
        List<MessageSchema> messages =
                clientMessages(
                        reader.readFolder(Path.of(arguments[1])),
                        reader.readFolder(Path.of(arguments[2])));
        for (int i = 3; i < arguments.length; i++) {
            messages.addAll(reader.readFolder(Path.of(arguments[i])).values());
        }
        for (MessageSchema message : messages) {
            writeClass(
                    output,
                    MessageWriter.packageOf(message),
                    message.name(),
                    MessageWriter.write(message));
        }
        List<MessageSchema> requests =
                messages.stream().filter(m -> m.kind() == MessageSchema.Kind.REQUEST).toList();
        writeClass(output, MessageWriter.MESSAGE_PACKAGE, "ApiKey", ApiKeyWriter.write(requests));
        Files.writeString(stamp, inputs);
    }

    private static List<MessageSchema> clientMessages(
            Map<String, MessageSchema> newest, Map<String, MessageSchema> legacy) {
        Map<String, MessageSchema> chosen = new LinkedHashMap<>();
        for (MessageSchema message : newest.values()) {
            String name = MessageWriter.base(message);
            boolean request =
                    message.kind() == MessageSchema.Kind.REQUEST
                            && (message.onBrokerListener() || OF_THE_CONTROLLER.contains(name))
                            && !NOT_SERVED.contains(name);
            if (request) {
                String response = name + "Response";
                chosen.put(message.name(), message);
                chosen.put(response, newest.get(response));
            } else if (OTHER_MESSAGES.contains(message.name())) {
                chosen.put(message.name(), message);
            }
        }
        List<MessageSchema> merged = new ArrayList<>();
        for (MessageSchema message : chosen.values()) {
            MessageSchema old = legacy.get(message.name());
            merged.add(
                    old == null || !isLegacyServed(message)
                            ? message
                            : SchemaMerger.merge(message, old));
        }
        return merged;
    }

    /**
     * Version 0 of the share messages was a preview that no client may use; request header 0
     * belonged to a request that is gone; brokers of a cluster are of our own making.
     */
    private static boolean isLegacyServed(MessageSchema message) {
        return !message.name().startsWith("Share")
                && message.kind() != MessageSchema.Kind.HEADER
                && !OF_THE_CONTROLLER.contains(MessageWriter.base(message));
    }

    private static void writeClass(Path output, String packageName, String name, String text)
            throws IOException {
        Path file = output.resolve(packageName.replace('.', '/')).resolve(name + ".java");
        Files.createDirectories(file.getParent());
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.writeString(file, text, StandardCharsets.UTF_8);
        }
    }

    private static boolean isUpToDate(Path stamp, String inputs)
            throws IOException, URISyntaxException {
        if (!Files.exists(stamp) || !Files.readString(stamp).equals(inputs)) {
            return false;
        }
        FileTime written = Files.getLastModifiedTime(stamp);
        Path self =
                Path.of(
                        GenerateMessages.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        try (Stream<Path> files = Files.walk(self)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (Files.getLastModifiedTime(file).compareTo(written) > 0) {
                    return false;
                }
            }
        }
        return true;
    }
}
