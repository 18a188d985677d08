package io.millrace.broker.controller;

import io.millrace.base.loop.EventLoop;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.zk.election.Candidate;
import io.millrace.zk.log.MetadataSession;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this process a member of the cluster: shows itself by a session, registers, and sends
 * heartbeats, the next one at once whenever its published image shows it fenced, which is first
 * right after registration and later when its session was lost. Owned by the metadata loop.
 */
final class BrokerLife implements MetadataListener {
    private static final Logger LOGGER = LoggerFactory.getLogger(BrokerLife.class);
    private static final long RETRY_MS = 100;
    private static final long BEAT_MS = 2_000;
    private static final long ANSWER_MS = 3_000;

    private final EventLoop loop;
    private final MetadataSession session;
    private final ControllerApi controller;
    private final BrokerJoin join;
    private final CompletableFuture<Long> unfenced = new CompletableFuture<>();
    private final Set<UUID> failedDirectories = new LinkedHashSet<>();
    private long epoch = -1;
    private long offset = -1;
    private boolean beating;
    private boolean wasFenced;
    private boolean waiting;
    private int turn;
    private boolean leaving;

    BrokerLife(EventLoop loop, MetadataSession session, ControllerApi controller, BrokerJoin join) {
        this.loop = loop;
        this.session = session;
        this.controller = controller;
        this.join = join;
    }

    /** Completes with the broker epoch when this broker leads its partitions for the first time. */
    CompletableFuture<Long> start() {
        loop.assertInLoop();
        session.join(new Candidate(join.brokerId(), join.incarnation(), join.directoryId()))
                .whenComplete(
                        (joined, failure) -> {
                            if (failure != null) {
                                unfenced.completeExceptionally(failure);
                            } else {
                                register();
                            }
                        });
        return unfenced;
    }

    /** Asks for nothing more. */
    void leave() {
        loop.assertInLoop();
        leaving = true;
    }

    private void register() {
        bounded(controller.registerBroker(join))
                .whenCompleteAsync(
                        (epoch, failure) -> {
                            if (failure == null) {
                                LOGGER.atInfo()
                                        .addKeyValue("broker", join.brokerId())
                                        .addKeyValue("brokerEpoch", epoch)
                                        .log("registered");
                            } else if (mayTryAgain(failure)) {
                                again(this::register);
                            } else {
                                unfenced.completeExceptionally(causeOf(failure));
                            }
                        },
                        loop::execute);
    }

    /** The controller is away, or new: that passes. What it refuses for good does not. */
    private static boolean mayTryAgain(Throwable failure) {
        if (!(causeOf(failure) instanceof ApiException refused)) {
            return false;
        }
        LOGGER.atDebug().addKeyValue("error", refused.error()).log("controller asked in vain");
        return switch (refused.error()) {
            case UNSUPPORTED_VERSION,
                    DUPLICATE_BROKER_REGISTRATION,
                    INCONSISTENT_CLUSTER_ID,
                    CLUSTER_AUTHORIZATION_FAILED,
                    INVALID_REGISTRATION ->
                    false;
            default -> true;
        };
    }

    private static Throwable causeOf(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause == null ? failure : cause;
    }

    @Override
    public void published(MetadataImage before, MetadataImage after) {
        BrokerImage self = after.broker(join.brokerId());
        if (self == null || !self.incarnation().equals(join.incarnation())) {
            return;
        }
        epoch = self.epoch();
        offset = after.offset();
        if (leaving) {
            return;
        }
        if (!self.fenced()) {
            unfenced.complete(epoch);
        }
        if (!beating) {
            beating = true;
            beat();
        } else if (self.fenced() && !wasFenced) {
            beatSoon(0);
        }
        wasFenced = self.fenced();
    }

    /** Completes when leadership moved away; at once if the controller cannot be asked. */
    CompletableFuture<Void> beginShutdown() {
        loop.assertInLoop();
        leaving = true;
        return bounded(controller.heartbeat(BrokerBeat.stopping(join.brokerId(), epoch, offset)))
                .handle((answer, unreachable) -> null);
    }

    /** A controller that dies with our question unanswered must not silence us for ever. */
    private <T> CompletableFuture<T> bounded(CompletableFuture<T> answer) {
        CompletableFuture<T> bounded = new CompletableFuture<>();
        EventLoop.Timer timer =
                loop.schedule(
                        ANSWER_MS,
                        () ->
                                bounded.completeExceptionally(
                                        new ApiException(ErrorCode.REQUEST_TIMED_OUT)));
        answer.whenComplete(
                (value, failure) -> {
                    timer.cancel();
                    if (failure == null) {
                        bounded.complete(value);
                    } else {
                        bounded.completeExceptionally(failure);
                    }
                });
        return bounded;
    }

    private void beat() {
        waiting = true;
        bounded(controller.heartbeat(sign()))
                .whenCompleteAsync(
                        (answer, failure) -> {
                            waiting = false;
                            if (failure != null && !mayTryAgain(failure)) {
                                LOGGER.atWarn().setCause(failure).log("heartbeat was refused");
                            }
                            beatSoon(failure != null || answer.fenced() ? RETRY_MS : BEAT_MS);
                        },
                        loop::execute);
    }

    private BrokerBeat sign() {
        return new BrokerBeat(
                join.brokerId(), epoch, offset, false, false, List.copyOf(failedDirectories));
    }

    /** The next heartbeat, now, tells that the directory cannot be used. */
    void directoryFailed(UUID directory) {
        loop.assertInLoop();
        failedDirectories.add(directory);
        if (beating) {
            beatSoon(0);
        }
    }

    private void beatSoon(long delayMs) {
        if (leaving) {
            return;
        }
        int mine = ++turn;
        loop.schedule(
                delayMs,
                () -> {
                    // A beat that became due earlier, or one under way, stands for this one.
                    if (mine == turn && !waiting && !leaving) {
                        beat();
                    }
                });
    }

    private void again(Runnable attempt) {
        loop.schedule(
                RETRY_MS,
                () -> {
                    if (!leaving) {
                        attempt.run();
                    }
                });
    }
}
