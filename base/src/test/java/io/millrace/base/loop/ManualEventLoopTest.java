package io.millrace.base.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManualEventLoopTest {
    private final ManualClock clock = new ManualClock(1_000);
    private final ManualEventLoop loop = new ManualEventLoop("manual", clock);
    private final List<String> seen = new ArrayList<>();

    @Test
    void nothingRunsBeforeItIsAsked() {
        loop.post(() -> seen.add("a"));
        assertThat(seen).isEmpty();
        assertThat(loop.runNext()).isTrue();
        assertThat(loop.runNext()).isFalse();
        assertThat(seen).containsExactly("a");
    }

    @Test
    void advanceStopsAtEachTimerInOrderOfDeadline() {
        loop.schedule(20, () -> seen.add("late at " + clock.wallMs()));
        loop.schedule(
                10,
                () -> {
                    seen.add("early at " + clock.wallMs());
                    loop.schedule(5, () -> seen.add("nested at " + clock.wallMs()));
                });
        loop.advance(Duration.ofMillis(30));
        assertThat(seen).containsExactly("early at 1010", "nested at 1015", "late at 1020");
        assertThat(clock.wallMs()).isEqualTo(1_030);
    }

    @Test
    void timersOfTheSameDeadlineKeepTheirOrder() {
        for (int i = 0; i < 5; i++) {
            int timer = i;
            loop.schedule(10, () -> seen.add("timer " + timer));
        }
        loop.advance(Duration.ofMillis(10));
        assertThat(seen).containsExactly("timer 0", "timer 1", "timer 2", "timer 3", "timer 4");
    }

    @Test
    void onlyARunningEventIsInTheLoop() {
        assertThat(loop.inLoop()).isFalse();
        loop.post(() -> seen.add("in loop: " + loop.inLoop()));
        loop.runAll();
        assertThat(seen).containsExactly("in loop: true");
    }
}
