package io.millrace.system.differential;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.OffsetFetchRequest;
import io.millrace.system.RawClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Two brokers that are asked the same, and what came of it so far. */
final class Duel implements AutoCloseable {
    private static final int GROUPS_THAT_MEET_ALL_SHARDS = 24;
    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;

    private final Contender reference;
    private final Contender subject;
    private final IntendedDifferences intended;
    private final Coverage coverage = new Coverage();
    private final Findings findings = new Findings();
    private final Versions versions;
    private Versions low;

    Duel(Contender reference, Contender subject, IntendedDifferences intended) {
        this.reference = reference;
        this.subject = subject;
        this.intended = intended;
        this.versions = Versions.ofBoth(advertisedBy(reference), advertisedBy(subject));
    }

    /** Compares only what is asked in the versions which are below those of a newer broker. */
    Duel onlyBelow(Map<ApiKey, Short> lowestOfNewer) {
        low = versions.below(lowestOfNewer);
        return this;
    }

    /** Versions that are to be asked above all, if there are such. */
    Optional<Versions.Range> low(ApiKey key) {
        return low == null ? Optional.empty() : low.of(key);
    }

    /** Whether it matters how an API is answered in a version; else it only serves the rest. */
    boolean compares(ApiKey key, short version) {
        return low == null || low.of(key).map(range -> version <= range.highest()).orElse(false);
    }

    /** The versions that are compared. */
    Versions compared() {
        return low == null ? versions : low;
    }

    static ApiVersionsResponse advertisedBy(Contender broker) {
        try (RawClient client = new RawClient(broker.port())) {
            return client.ask(
                    new ApiVersionsRequest()
                            .clientSoftwareName("differential")
                            .clientSoftwareVersion("1"),
                    (short) 4);
        }
    }

    Contender reference() {
        return reference;
    }

    Contender subject() {
        return subject;
    }

    Versions versions() {
        return versions;
    }

    IntendedDifferences intended() {
        return intended;
    }

    Coverage coverage() {
        return coverage;
    }

    Findings findings() {
        return findings;
    }

    /** Makes both load what they load when first asked, so that no sequence meets that. */
    void warmUp() {
        for (Contender broker : List.of(reference, subject)) {
            try (RawClient client = new RawClient(broker.port())) {
                until(() -> client.ask(new InitProducerIdRequest(), (short) 1).errorCode() == 0);
                for (int i = 0; i < GROUPS_THAT_MEET_ALL_SHARDS; i++) {
                    String name = "warm-up-" + i;
                    until(() -> findsCoordinator(client, name, GROUP));
                    until(
                            () ->
                                    client.ask(
                                                            new OffsetFetchRequest()
                                                                    .groupId(name)
                                                                    .topics(null),
                                                            (short) 5)
                                                    .errorCode()
                                            == 0);
                    if (versions.of(ApiKey.END_TXN).isPresent()) {
                        until(() -> findsCoordinator(client, name, TRANSACTION));
                        until(
                                () ->
                                        client.ask(
                                                                new InitProducerIdRequest()
                                                                        .transactionalId(name)
                                                                        .transactionTimeoutMs(
                                                                                60_000),
                                                                (short) 1)
                                                        .errorCode()
                                                == 0);
                    }
                }
            }
        }
    }

    private static boolean findsCoordinator(RawClient client, String key, byte type) {
        return client.ask(new FindCoordinatorRequest().key(key).keyType(type), (short) 1)
                        .errorCode()
                == 0;
    }

    private static void until(BooleanSupplier done) {
        for (int i = 0; i < 10_000 && !done.getAsBoolean(); i++) {
            pause();
        }
    }

    /** Prints what is asked when one sequence is replayed. */
    void trace(Sequence sequence, ApiRequest<?> request, short version) {
        if (Integer.getInteger("differential.only", -1) == sequence.number) {
            System.out.println("> " + request.apiKey() + " v" + version + " " + request);
        }
    }

    void traceAnswers(Sequence sequence, Object reference, Object subject) {
        if (Integer.getInteger("differential.only", -1) == sequence.number) {
            System.out.println("  reference " + reference + "\n  subject   " + subject);
        }
    }

    /** Between two looks at something that takes its time. */
    static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(3);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        subject.close();
        reference.close();
    }
}
