package io.millrace.broker.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ControllerClaim;
import io.millrace.metadata.record.LogPosition;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ControllerRouteTest {
    private static final int SELF = 1;
    private static final int OTHER = 2;
    private static final int THIRD = 3;

    private final ManualClock clock = new ManualClock(0);
    private final ManualEventLoop loop = new ManualEventLoop("metadata", clock);
    private final List<Integer> asked = new ArrayList<>();
    private MetadataImage image = MetadataImage.EMPTY;
    private ErrorCode answer = ErrorCode.NONE;
    private final ControllerRoute route = new ControllerRoute(SELF, loop, () -> image);

    private void leads(int broker) {
        ImageEditor editor = new ImageEditor(image);
        editor.apply(new ControllerClaim(broker, image.controllerEpoch() + 1));
        image = editor.finish(new LogPosition(1, image.offset() + 1, 0)).after();
    }

    private CompletableFuture<Integer> ask(long patienceMs) {
        return route.ask(patienceMs, () -> answered(SELF), this::answered);
    }

    private CompletableFuture<Integer> answered(int broker) {
        asked.add(broker);
        return answer == ErrorCode.NONE
                ? CompletableFuture.completedFuture(broker)
                : CompletableFuture.failedFuture(new ApiException(answer));
    }

    private static ErrorCode errorOf(CompletableFuture<?> future) {
        return ((ApiException) ControllerRoute.causeOf(future.handle((v, e) -> e).join())).error();
    }

    @Test
    void whoeverLeadsIsAsked() {
        leads(OTHER);
        assertThat(ask(0)).isCompletedWithValue(OTHER);
        leads(SELF);
        assertThat(ask(0)).isCompletedWithValue(SELF);
    }

    @Test
    void afterAnElectionTheNextOneIsAsked() {
        leads(OTHER);
        answer = ErrorCode.NETWORK_EXCEPTION;
        CompletableFuture<Integer> question = ask(1_000);
        loop.advance(Duration.ofMillis(ControllerRoute.RETRY_MS));
        assertThat(question).isNotDone();

        leads(THIRD);
        answer = ErrorCode.NONE;
        loop.advance(Duration.ofMillis(ControllerRoute.RETRY_MS));

        assertThat(question).isCompletedWithValue(THIRD);
        assertThat(asked).containsExactly(OTHER, OTHER, THIRD);
    }

    @Test
    void whenPatienceEndsTheErrorIsOneThatClientsRetry() {
        leads(OTHER);
        answer = ErrorCode.NETWORK_EXCEPTION;
        CompletableFuture<Integer> question = ask(1_000);
        loop.advance(Duration.ofSeconds(2));

        assertThat(errorOf(question)).isEqualTo(ErrorCode.NOT_CONTROLLER);
    }

    @Test
    void whatTheControllerDecidesIsNotAskedAgain() {
        leads(OTHER);
        answer = ErrorCode.STALE_BROKER_EPOCH;
        CompletableFuture<Integer> question = ask(1_000);

        assertThat(errorOf(question)).isEqualTo(ErrorCode.STALE_BROKER_EPOCH);
        assertThat(asked).containsExactly(OTHER);
    }
}
