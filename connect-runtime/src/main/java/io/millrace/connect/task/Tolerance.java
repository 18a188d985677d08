package io.millrace.connect.task;

import io.millrace.base.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs conversions and transforms under a connector's {@link ErrorPolicy}: tries retriable failures
 * again, and either skips the record (telling the reporters) or fails the task. Used by the task's
 * thread; {@link #failed} also by others.
 */
final class Tolerance {
    private static final Logger LOGGER = LoggerFactory.getLogger(Tolerance.class);

    /** One step on one record. */
    @FunctionalInterface
    interface Step<T> {
        @Nullable T run() throws Exception;
    }

    private final String task;
    private final ErrorPolicy policy;
    private final TaskSignals signals;
    private final Clock clock;
    private final List<Consumer<FailedRecord>> reporters;
    private final AtomicLong skipped = new AtomicLong();

    Tolerance(
            String task,
            ErrorPolicy policy,
            TaskSignals signals,
            Clock clock,
            List<Consumer<FailedRecord>> reporters) {
        this.task = task;
        this.policy = policy;
        this.signals = signals;
        this.clock = clock;
        this.reporters = List.copyOf(reporters);
    }

    /** Retries a retriable failure for as long as the policy says; the last failure is thrown. */
    <T> @Nullable T retrying(Step<T> step) throws Exception {
        long startMs = clock.monotonicMs();
        long delayMs = ErrorPolicy.RETRY_DELAY_MIN_MS;
        while (true) {
            try {
                return step.run();
            } catch (RetriableException e) {
                long usedMs = clock.monotonicMs() - startMs;
                boolean again = policy.retryTimeoutMs() < 0 || usedMs < policy.retryTimeoutMs();
                if (!again || signals.stopping()) {
                    throw e;
                }
                signals.idle(Math.min(delayMs, policy.retryDelayMaxMs()));
                delayMs = Math.min(delayMs * 2, policy.retryDelayMaxMs());
            }
        }
    }

    /**
     * A record failed for good: reports it.
     *
     * @throws ConnectException when the policy tolerates no failure
     */
    void failed(FailedRecord record) {
        reporters.forEach(reporter -> reporter.accept(record));
        if (policy.log()) {
            LOGGER.atError()
                    .addKeyValue("task", task)
                    .addKeyValue("stage", record.stage())
                    .addKeyValue("component", record.component().getName())
                    .addKeyValue("record", policy.logRecords() ? record.place() : "[hidden]")
                    .setCause(record.error())
                    .log("record failed");
        }
        if (!policy.tolerateAll()) {
            throw new ConnectException(
                    task
                            + ": "
                            + record.stage()
                            + " by "
                            + record.component().getName()
                            + " failed at "
                            + record.place()
                            + ": "
                            + RootCause.line(record.error())
                            + "; errors.tolerance=all skips such records",
                    record.error());
        }
        skipped.incrementAndGet();
    }

    long skipped() {
        return skipped.get();
    }
}
