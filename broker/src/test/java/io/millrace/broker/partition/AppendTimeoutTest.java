package io.millrace.broker.partition;

import static io.millrace.broker.partition.TestBroker.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.DiskLogDir;
import io.millrace.broker.partition.AppendResult.Appended;
import io.millrace.broker.partition.AppendResult.Rejected;
import io.millrace.protocol.error.ErrorCode;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a producer hears when its batch does not become safe in time. */
@Tag("wire-16")
class AppendTimeoutTest {
    @TempDir Path root;
    private final ManualClock clock = new ManualClock(Batches.NOW);
    private final ManualEventLoop loop = new ManualEventLoop("owner", clock);
    private final ManualEventLoop device = new ManualEventLoop("device", clock);
    private TestBroker broker;
    private Partition orders;

    @BeforeEach
    void start() {
        broker = new TestBroker(new DiskLogDir(root), clock, loop, device);
        orders = broker.orders(config("flush.on.ack", "true"));
        broker.await(orders.load());
    }

    private CompletableFuture<AppendResult> send(int sequence, int timeoutMs, int acks) {
        ByteBuf batch = Batches.idempotent(9, 0, sequence, "v", 1);
        CompletableFuture<AppendResult> result =
                orders.append(
                        batch,
                        new AppendDemand((short) acks, timeoutMs, AppendOrigin.CLIENT, null));
        batch.release();
        loop.runAll();
        return result;
    }

    @Test
    void itTimesOutAndARetryFindsTheBatchInTheLog() {
        CompletableFuture<AppendResult> slow = send(0, 1_000, -1);
        CompletableFuture<AppendResult> patient = send(1, 5_000, -1);
        loop.advance(Duration.ofMillis(999));
        assertThat(slow).isNotDone();
        loop.advance(Duration.ofMillis(1));
        assertThat(((Rejected) slow.join()).error()).isEqualTo(ErrorCode.REQUEST_TIMED_OUT);
        assertThat(patient).isNotDone();

        CompletableFuture<AppendResult> retry = send(0, 1_000, -1);
        device.runAll();
        loop.runAll();
        device.runAll();
        loop.runAll();
        assertThat(retry.join()).isEqualTo(new Appended(0, 0, -1, 0));
        assertThat(patient.join()).isEqualTo(new Appended(1, 1, -1, 0));
    }

    @Test
    void withoutAcksOfAllTheDeviceIsNotWaitedFor() {
        assertThat(send(0, 1_000, 1).join()).isEqualTo(new Appended(0, 0, -1, 0));
    }
}
