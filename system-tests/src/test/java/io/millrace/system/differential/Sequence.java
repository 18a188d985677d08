package io.millrace.system.differential;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.ResponseHeader;
import io.millrace.system.RawClient;
import io.millrace.system.RawClient.Reaction;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/**
 * One series of requests to both brokers, drawn from one seed. What it remembers are the
 * reference's answers; the subject gets the same requests with its own ids in them. Its topics,
 * groups and producers belong to nobody else.
 */
final class Sequence implements AutoCloseable {
    private static final int PATIENCE_MS = 15_000;
    private static final int MOST_LOOKS = 300;
    private static final int MOST_POLLS = 500;

    /** Without what these make, there is nothing to ask about. */
    private static final Set<ApiKey> MAKERS =
            EnumSet.of(ApiKey.PRODUCE, ApiKey.JOIN_GROUP, ApiKey.END_TXN);

    final int number;
    final Random random;
    final Names names = new Names();
    final List<Topic> topics = new ArrayList<>();
    private final Duel duel;
    private final Map<Integer, Line> lines = new HashMap<>();
    private final Map<ApiKey, Integer> uses = new EnumMap<>(ApiKey.class);
    private final Map<String, Object> memory = new HashMap<>();
    private boolean differed;
    private int requests;
    private int named;

    Sequence(Duel duel, int number, long seed) {
        this.duel = duel;
        this.number = number;
        this.random = new Random(seed * 1_000_003 + number);
    }

    /** A broker hung up, or neither answered; the rest of the step makes no sense. */
    static final class Unanswered extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unanswered(String what) {
            super(what);
        }
    }

    /** A request that was sent to both and not answered yet. */
    final class Pending<R extends ApiResponse> {
        private final Line line;
        private final ApiRequest<R> request;
        private final short version;

        Pending(Line line, ApiRequest<R> request, short version) {
            this.line = line;
            this.request = request;
            this.version = version;
        }

        /** Waits for both answers, compares them, and gives the reference's. */
        R answer() {
            Reaction reference = line.reference().reaction(PATIENCE_MS);
            Reaction subject = line.subject().reaction(PATIENCE_MS);
            return judge(this, reference, subject);
        }
    }

    /** What a step keeps for later steps of its kind. */
    // Each kind of step reads only what it wrote.
    @SuppressWarnings("unchecked")
    <T> T remembered(String key, java.util.function.Supplier<T> first) {
        return (T) memory.computeIfAbsent(key, any -> first.get());
    }

    /** Goes on with other groups: in those known so far a rebalance may be open. */
    void forgetGroups() {
        GroupSteps.groups(this).clear();
    }

    int requests() {
        return requests;
    }

    /** A name that no other sequence uses, and this one never gave out before. */
    String name(String kind) {
        return prefix() + kind + named++;
    }

    /** Such an id as members of the newer protocols make for themselves. */
    String memberId() {
        byte[] id = new byte[16];
        random.nextBytes(id);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(id);
    }

    private String prefix() {
        return "d" + number + "-";
    }

    /** Whether what such a step asks is compared, or it makes what others look at. */
    boolean wants(Step step) {
        return duel.compared() == duel.versions()
                || step.needs().stream()
                        .anyMatch(key -> duel.low(key).isPresent() || MAKERS.contains(key));
    }

    boolean serves(ApiKey key) {
        return duel.versions().of(key).isPresent();
    }

    /** Whether a version of the range is served. */
    boolean serves(ApiKey key, int lowest, int highest) {
        return duel.versions()
                .of(key)
                .map(range -> range.lowest() <= highest && range.highest() >= lowest)
                .orElse(false);
    }

    /** The next version of an API to be asked: over many sequences all are. */
    short version(ApiKey key) {
        return version(key, 0, Short.MAX_VALUE);
    }

    short version(ApiKey key, int lowest, int highest) {
        Versions.Range range = duel.versions().of(key).orElseThrow();
        int from = Math.max(lowest, range.lowest());
        int to = Math.min(highest, range.highest());
        int use = uses.merge(key, 1, Integer::sum);
        Optional<Versions.Range> low = duel.low(key);
        if (low.isPresent()
                && low.get().lowest() <= to
                && low.get().highest() >= from
                && use % 3 != 0) {
            from = Math.max(from, low.get().lowest());
            to = Math.min(to, low.get().highest());
        }
        return (short) (from + Math.floorMod(number * 31 + use * 7 + key.id(), to - from + 1));
    }

    <R extends ApiResponse> R ask(ApiRequest<R> request) {
        return ask(request, version(request.apiKey()));
    }

    <R extends ApiResponse> R ask(ApiRequest<R> request, short version) {
        return ask(0, request, version);
    }

    <R extends ApiResponse> R ask(int line, ApiRequest<R> request, short version) {
        return start(line, request, version).answer();
    }

    /** Sends to both and does not wait. */
    <R extends ApiResponse> Pending<R> start(int number, ApiRequest<R> request, short version) {
        Line line =
                lines.computeIfAbsent(number, key -> new Line(duel.reference(), duel.subject()));
        Translation.fit(request, version);
        ApiRequest<R> translated = Translation.forSubject(request, version, names);
        requests++;
        duel.coverage().count(request.apiKey(), version);
        duel.trace(this, request, version);
        send(line.reference(), request, version);
        send(line.subject(), translated, version);
        return new Pending<>(line, request, version);
    }

    /**
     * Asks each broker until its answer satisfies, since some changes take their time to be seen;
     * only the last answers are compared.
     */
    <R extends ApiResponse> R askUntil(
            int number, ApiRequest<R> request, short version, Predicate<R> satisfied) {
        Line line =
                lines.computeIfAbsent(number, key -> new Line(duel.reference(), duel.subject()));
        Translation.fit(request, version);
        ApiRequest<R> translated = Translation.forSubject(request, version, names);
        requests++;
        duel.coverage().count(request.apiKey(), version);
        duel.trace(this, request, version);
        Reaction reference = poll(line.reference(), request, version, satisfied);
        Reaction subject = poll(line.subject(), translated, version, satisfied);
        return judge(new Pending<>(line, request, version), reference, subject);
    }

    /** Asks each broker until its answer satisfies. Nothing is compared. */
    <R extends ApiResponse> void await(
            ApiRequest<R> request, short version, Predicate<R> satisfied) {
        Line line = lines.computeIfAbsent(0, key -> new Line(duel.reference(), duel.subject()));
        Translation.fit(request, version);
        ApiRequest<R> translated = Translation.forSubject(request, version, names);
        poll(line.reference(), request, version, satisfied);
        poll(line.subject(), translated, version, satisfied);
    }

    /**
     * Asks until the answers agree, or long enough: each broker takes its time until a change is
     * seen everywhere, and what counts is where they end.
     */
    <R extends ApiResponse> R askUntilSettled(ApiRequest<R> request, short version) {
        Line line = lines.computeIfAbsent(0, key -> new Line(duel.reference(), duel.subject()));
        Translation.fit(request, version);
        ApiRequest<R> translated = Translation.forSubject(request, version, names);
        requests++;
        duel.coverage().count(request.apiKey(), version);
        duel.trace(this, request, version);
        for (int i = 0; ; i++) {
            send(line.reference(), request, version);
            send(line.subject(), translated, version);
            Reaction left = line.reference().reaction(PATIENCE_MS);
            Reaction right = line.subject().reaction(PATIENCE_MS);
            Pending<R> asked = new Pending<>(line, request, version);
            if (i == MOST_LOOKS || agree(asked, left, right)) {
                return judge(asked, left, right);
            }
            Duel.pause();
        }
    }

    private <R extends ApiResponse> boolean agree(
            Pending<R> asked, Reaction reference, Reaction subject) {
        if (!(reference instanceof Reaction.Answered left)
                || !(subject instanceof Reaction.Answered right)) {
            return true;
        }
        return new Comparison(asked.request.apiKey(), asked.version, names, this::isForeign)
                        .compare(
                                decode(asked.request, asked.version, left),
                                decode(asked.request, asked.version, right))
                        .stream()
                        .allMatch(duel.intended()::explains);
    }

    private static void send(RawClient client, ApiRequest<?> request, short version) {
        client.send(RawClient.frameOf(request, version));
    }

    private static <R extends ApiResponse> Reaction poll(
            RawClient client, ApiRequest<R> request, short version, Predicate<R> satisfied) {
        Reaction reaction = null;
        for (int i = 0; i < MOST_POLLS; i++) {
            send(client, request, version);
            reaction = client.reaction(PATIENCE_MS);
            if (!(reaction instanceof Reaction.Answered answered)
                    || satisfied.test(decode(request, version, answered))) {
                return reaction;
            }
            Duel.pause();
        }
        return reaction;
    }

    // Requests and responses are paired by key.
    @SuppressWarnings("unchecked")
    private static <R extends ApiResponse> R decode(
            ApiRequest<R> request, short version, Reaction.Answered answered) {
        ByteBuf frame = Unpooled.wrappedBuffer(answered.frame());
        ApiKey key = request.apiKey();
        ResponseHeader.read(frame, key.responseHeaderVersion(version));
        R response = (R) key.readResponse(frame, version);
        if (frame.isReadable()) {
            throw new IllegalStateException(frame.readableBytes() + " bytes follow " + response);
        }
        return response;
    }

    private <R extends ApiResponse> R judge(
            Pending<R> asked, Reaction reference, Reaction subject) {
        if (reference instanceof Reaction.Answered left
                && subject instanceof Reaction.Answered right) {
            R expected = decode(asked.request, asked.version, left);
            R actual = decode(asked.request, asked.version, right);
            duel.traceAnswers(this, expected, actual);
            Comparison comparison =
                    new Comparison(asked.request.apiKey(), asked.version, names, this::isForeign);
            report(asked, comparison.compare(expected, actual));
            return expected;
        }
        asked.line.close();
        String left = reference.getClass().getSimpleName();
        String right = subject.getClass().getSimpleName();
        if (!left.equals(right)) {
            report(
                    asked,
                    List.of(
                            new Difference(
                                    asked.request.apiKey().schemaName(),
                                    asked.version,
                                    "connection",
                                    "",
                                    left,
                                    right,
                                    Map.of())));
        }
        throw new Unanswered(asked.request.apiKey() + ": " + left + ", " + right);
    }

    private void report(Pending<?> asked, List<Difference> differences) {
        if (!duel.compares(asked.request.apiKey(), asked.version)) {
            return;
        }
        boolean first = !differed;
        for (Difference difference : differences) {
            if (!duel.intended().explains(difference)) {
                differed = true;
                duel.findings().add(number, first, difference, asked.request);
            }
        }
    }

    /** Whether something in an answer belongs to another sequence or to the brokers. */
    private boolean isForeign(String key) {
        return key.startsWith("__") || (key.matches("d\\d+-.*") && !key.startsWith(prefix()));
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /** One of these, the first ones no more often than the last. */
    @SafeVarargs
    final <T> T oneOf(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    @Override
    public void close() {
        lines.values().forEach(Line::close);
    }
}
