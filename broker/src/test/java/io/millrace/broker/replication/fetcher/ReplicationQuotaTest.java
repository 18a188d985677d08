package io.millrace.broker.replication.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ReplicationQuotaTest {
    private static final WindowedRate.Window WINDOW = new WindowedRate.Window(11, 1_000);

    private final ManualClock clock = new ManualClock(0);
    private final ReplicationQuota quota = new ReplicationQuota(1_000, WINDOW, clock);

    private void pass(long ms) {
        clock.advance(Duration.ofMillis(ms));
    }

    @Test
    void theRateIsTheSumOfTheSamplesOverTheirTime() {
        WindowedRate rate = WindowedRate.startingAt(WINDOW, 0).plus(5_000, 0).plus(5_000, 5_500);
        assertThat(rate.perSecond(5_500)).isEqualTo(10_000 / 10.5);
        assertThat(rate.perSecond(10_000)).isEqualTo(1_000);
        assertThat(rate.perSecond(11_000)).isEqualTo(500);
        assertThat(rate.perSecond(16_000)).isZero();
    }

    @Test
    void aLongPauseForgetsEverySample() {
        WindowedRate rate = WindowedRate.startingAt(WINDOW, 0);
        for (int i = 0; i < 40; i++) {
            rate = rate.plus(100, i * 1_000L);
        }
        assertThat(rate.perSecond(39_999)).isCloseTo(100, org.assertj.core.data.Offset.offset(1.0));
        assertThat(rate.plus(1_000, 500_000).perSecond(500_000)).isEqualTo(100);
    }

    @Test
    void aQuotaIsExceededUntilTheSamplesHaveGone() {
        quota.count(9_999);
        assertThat(quota.isExceeded()).isFalse();
        quota.count(2_000);
        assertThat(quota.isExceeded()).isTrue();
        pass(9_000);
        assertThat(quota.isExceeded()).isTrue();
        pass(2_000);
        assertThat(quota.isExceeded()).isFalse();
    }

    @Test
    void aLimitMayChangeAndNoLimitIsNeverExceeded() {
        quota.count(1_000_000_000);
        assertThat(quota.isExceeded()).isTrue();
        quota.limit(Long.MAX_VALUE);
        assertThat(quota.isExceeded()).isFalse();
        assertThat(quota.isLimited()).isFalse();
    }
}
