package io.millrace.clients.cluster;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.RandomSource;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.millrace.protocol.message.MetadataResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link ClusterView} of the topics somebody asked for up to date: at once when asked for,
 * after every sign that it is stale, and every {@code metadata.max.age.ms}; never more often than
 * {@code retry.backoff.ms}. Asks any broker it can reach, and when none of those it knows answers,
 * the bootstrap addresses again. Belongs to the client's loop; {@link #view()} is for everybody.
 */
public final class Metadata {
    private static final Logger LOGGER = LoggerFactory.getLogger(Metadata.class);

    private final EventLoop loop;
    private final ClientConfig config;
    private final Connections connections;
    private final RandomSource random;
    private final Backoff backoff;
    private final boolean autoCreateTopics;
    private final Map<Integer, HostPort> bootstrapNodes = new HashMap<>();
    private final Set<String> wanted = new LinkedHashSet<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private final List<Consumer<ClusterView>> listeners = new ArrayList<>();
    private volatile ClusterView view = ClusterView.EMPTY;
    private boolean wantAll;
    private boolean updating;
    private boolean updateAgain;
    private boolean timerSet;
    private int failures;
    private int bootstrapTurn;
    private long lastAttemptNanos;
    private boolean attempted;
    private long lastAnswerNanos;
    private String lastProblem = "no broker answered yet";
    private boolean closed;

    private record Waiter(Predicate<ClusterView> until, CompletableFuture<ClusterView> future) {}

    /**
     * @param autoCreateTopics whether asking for a topic that does not exist may create it
     */
    public Metadata(
            EventLoop loop,
            ClientConfig config,
            Connections connections,
            RandomSource random,
            boolean autoCreateTopics) {
        this.loop = loop;
        this.config = config;
        this.connections = connections;
        this.random = random;
        this.autoCreateTopics = autoCreateTopics;
        this.backoff = new Backoff(config.retryBackoffMs(), config.retryBackoffMaxMs(), random);
        int id = -1;
        for (HostPort address : config.bootstrap()) {
            // Negative ids are nobody's: brokers have 0 and up.
            bootstrapNodes.put(id--, address);
        }
        lastAnswerNanos = loop.clock().nanos();
        bootstrapTurn = random.nextInt(Math.max(1, bootstrapNodes.size()));
        connections.addresses(bootstrapNodes);
    }

    /** The latest view. From any thread. */
    public ClusterView view() {
        return view;
    }

    /** Told of every new view, on the loop. */
    public void listen(Consumer<ClusterView> listener) {
        listeners.add(listener);
    }

    /** Starts the regular refresh. */
    public void start() {
        loop.schedule(config.metadataMaxAgeMs(), this::refreshByAge);
    }

    /** Keeps these topics in view from now on. */
    public void want(Collection<String> topics) {
        loop.assertInLoop();
        if (wanted.addAll(topics)) {
            requestUpdate();
        }
    }

    /** Keeps exactly these topics in view, or all there are. */
    public void wantOnly(Collection<String> topics, boolean all) {
        loop.assertInLoop();
        boolean more = all && !wantAll || !wanted.containsAll(topics);
        wanted.clear();
        wanted.addAll(topics);
        wantAll = all;
        if (more) {
            requestUpdate();
        }
    }

    /** Something suggests that the view is stale. */
    public void requestUpdate() {
        loop.assertInLoop();
        if (updating) {
            updateAgain = true;
        } else if (!timerSet && !closed) {
            scheduleUpdate();
        }
    }

    /**
     * A view that satisfies the condition, updating until one does.
     *
     * @param what completes "no … within"
     */
    public CompletableFuture<ClusterView> await(
            Predicate<ClusterView> until, long timeoutMs, String what) {
        loop.assertInLoop();
        if (until.test(view)) {
            return CompletableFuture.completedFuture(view);
        }
        Waiter waiter = new Waiter(until, new CompletableFuture<>());
        waiters.add(waiter);
        EventLoop.Timer timer =
                loop.schedule(
                        timeoutMs,
                        () -> {
                            waiters.remove(waiter);
                            waiter.future.completeExceptionally(
                                    new ClientTimeoutException(
                                            "no %s within %d ms: %s"
                                                    .formatted(what, timeoutMs, lastProblem)));
                        });
        waiter.future.whenComplete((found, error) -> timer.cancel());
        requestUpdate();
        return waiter.future;
    }

    /** The next view that comes, whatever it shows. */
    public CompletableFuture<ClusterView> refresh(long timeoutMs) {
        long before = view.version();
        return await(next -> next.version() > before, timeoutMs, "metadata");
    }

    /** Any broker that can be asked: an open connection first, else one not known to be down. */
    public int anyNode() {
        List<Integer> known = new ArrayList<>(view.nodes().keySet());
        List<Integer> open = known.stream().filter(connections::isOpen).toList();
        if (!open.isEmpty()) {
            return open.get(random.nextInt(open.size()));
        }
        known.removeIf(node -> connections.isBackingOff(node, Connections.Purpose.REQUESTS));
        if (!known.isEmpty()) {
            return known.get(random.nextInt(known.size()));
        }
        // Nobody we know answers; the bootstrap addresses may lead to others.
        return -1 - Math.floorMod(bootstrapTurn++, bootstrapNodes.size());
    }

    public void close() {
        closed = true;
        List<Waiter> all = new ArrayList<>(waiters);
        waiters.clear();
        for (Waiter waiter : all) {
            waiter.future.completeExceptionally(
                    new io.millrace.clients.ClientException("the client is closed"));
        }
    }

    private void refreshByAge() {
        if (!closed) {
            requestUpdate();
            loop.schedule(config.metadataMaxAgeMs(), this::refreshByAge);
        }
    }

    private void scheduleUpdate() {
        long sinceMs = TimeUnit.NANOSECONDS.toMillis(loop.clock().nanos() - lastAttemptNanos);
        long pauseMs = failures > 0 ? backoff.afterMs(failures) : config.retryBackoffMs();
        long waitMs = attempted ? Math.max(0, pauseMs - sinceMs) : 0;
        timerSet = true;
        loop.schedule(
                waitMs,
                () -> {
                    timerSet = false;
                    update();
                });
    }

    private void update() {
        if (closed || updating) {
            return;
        }
        updating = true;
        updateAgain = false;
        attempted = true;
        lastAttemptNanos = loop.clock().nanos();
        connections
                .send(anyNode(), RequestFactory.of(ApiKey.METADATA, this::request))
                .thenAccept(this::onOutcome);
    }

    private MetadataRequest request(short version) {
        MetadataRequest request = new MetadataRequest();
        if (wantAll) {
            request.topics(version == 0 ? List.of() : null);
        } else {
            request.topics(
                    wanted.stream().map(name -> new MetadataRequestTopic().name(name)).toList());
        }
        if (version >= 4) {
            request.allowAutoTopicCreation(autoCreateTopics);
        }
        return request;
    }

    private void onOutcome(Outcome<MetadataResponse> outcome) {
        updating = false;
        if (outcome instanceof Answered<MetadataResponse> answered) {
            onAnswer(answered.response());
        } else {
            failures++;
            lastProblem = ((Unanswered<MetadataResponse>) outcome).detail();
            LOGGER.atDebug().addKeyValue("cause", lastProblem).log("no metadata; asking another");
            long silentMs = TimeUnit.NANOSECONDS.toMillis(loop.clock().nanos() - lastAnswerNanos);
            if (silentMs >= config.rebootstrapTriggerMs()) {
                rebootstrap("no broker answered for " + silentMs + " ms");
            }
        }
        if (failures > 0 || updateAgain || !waiters.isEmpty()) {
            requestUpdate();
        }
    }

    private void onAnswer(MetadataResponse response) {
        lastAnswerNanos = loop.clock().nanos();
        if (ErrorCode.forCode(response.errorCode()) == ErrorCode.REBOOTSTRAP_REQUIRED) {
            failures++;
            lastProblem = ErrorCode.REBOOTSTRAP_REQUIRED.message();
            rebootstrap(lastProblem);
            return;
        }
        failures = 0;
        onResponse(response);
    }

    /** Forgets the brokers, so that the bootstrap addresses are asked next (KIP-899, KIP-1102). */
    private void rebootstrap(String why) {
        lastAnswerNanos = loop.clock().nanos();
        if (!config.rebootstrap() || view.nodes().isEmpty()) {
            return;
        }
        LOGGER.atInfo().addKeyValue("reason", why).log("starting again from bootstrap.servers");
        view = view.withoutNodes();
    }

    private void onResponse(MetadataResponse response) {
        ClusterView next = MetadataReader.merge(view, response, wantAll ? null : wanted);
        Map<Integer, HostPort> addresses = new HashMap<>();
        next.nodes()
                .forEach((id, node) -> addresses.put(id, new HostPort(node.host(), node.port())));
        view = next;
        connections.addresses(addresses);
        lastProblem = describe(next);
        for (Waiter waiter : List.copyOf(waiters)) {
            if (waiter.until.test(next)) {
                waiters.remove(waiter);
                waiter.future.complete(next);
            }
        }
        listeners.forEach(listener -> listener.accept(next));
    }

    private static String describe(ClusterView view) {
        List<String> problems = new ArrayList<>();
        for (TopicView topic : view.topics().values()) {
            if (!topic.isUsable()) {
                problems.add("topic " + topic.name() + ": " + topic.error().message());
            } else if (topic.led().length < topic.partitions().size()) {
                problems.add("topic " + topic.name() + " has partitions without a leader");
            }
        }
        return problems.isEmpty()
                ? "brokers " + view.nodes().values() + " answer"
                : String.join("; ", problems);
    }

    /** The topic if it is there; null if it is not known yet or does not exist. */
    public @Nullable TopicView usable(String topic) {
        TopicView found = view.topic(topic);
        return found != null && found.isUsable() ? found : null;
    }
}
