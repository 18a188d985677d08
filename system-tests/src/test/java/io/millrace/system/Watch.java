package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataResponse;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;

/**
 * A good client that asks for metadata all the time while others misbehave; afterwards it tells
 * whether it was ever left without an answer, and whether the broker is in good health.
 */
final class Watch {
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final BrokerUnderTest broker;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong answers = new AtomicLong();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread thread;

    /** What the others do meanwhile. */
    interface Misbehaviour {
        void run() throws Exception;
    }

    static void during(BrokerUnderTest broker, Misbehaviour others) throws Exception {
        Watch watch = new Watch(broker);
        try {
            watch.awaitOneMoreAnswer();
            others.run();
            watch.awaitOneMoreAnswer();
        } finally {
            watch.stop.set(true);
            watch.thread.join();
        }
        watch.verify();
    }

    private Watch(BrokerUnderTest broker) {
        this.broker = broker;
        this.thread = new Thread(this::run, "watch");
        this.thread.start();
    }

    private void awaitOneMoreAnswer() {
        long before = answers.get();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> answers.get() > before || failure.get() != null);
    }

    private void run() {
        try (RawClient client = new RawClient(broker.port())) {
            while (!stop.get()) {
                MetadataResponse answer = client.ask(new MetadataRequest().topics(null), (short) 9);
                if (answer.brokers().isEmpty()) {
                    throw new IllegalStateException("metadata without brokers");
                }
                answers.incrementAndGet();
                Thread.sleep(PAUSE.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failure.set(e);
        }
    }

    private void verify() {
        assertThat(failure.get()).as("a good client beside the bad one").isNull();
        assertThat(broker.process().isAlive()).as("broker lives").isTrue();
        assertThat(broker.process().output())
                .doesNotContain("OutOfMemoryError")
                .doesNotContain("loop stopped")
                .doesNotContain("LEAK:");
        assertThat(RawClient.answers(broker.port())).as("broker takes connections").isTrue();
    }
}
