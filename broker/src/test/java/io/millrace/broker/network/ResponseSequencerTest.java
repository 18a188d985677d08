package io.millrace.broker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class ResponseSequencerTest {
    private final List<String> written = new ArrayList<>();
    private final List<Long> done = new ArrayList<>();
    private final ResponseSequencer<String> sequencer =
            new ResponseSequencer<>(written::add, done::add);

    @Test
    @Tag("wire-5")
    void edge5_responsesLeaveInRequestOrderWhateverFinishesFirst() {
        var first = sequencer.open(10);
        var second = sequencer.open(20);
        var third = sequencer.open(30);
        third.complete("3");
        second.complete("2");
        assertThat(written).isEmpty();
        assertThat(sequencer.pending()).isEqualTo(3);
        first.complete("1");
        assertThat(written).containsExactly("1", "2", "3");
        assertThat(done).containsExactly(10L, 20L, 30L);
    }

    @Test
    @Tag("wire-15")
    void edge15_aRequestWithoutResponseHoldsItsPlaceAndWritesNothing() {
        var silent = sequencer.open(1);
        var next = sequencer.open(1);
        next.complete("2");
        silent.complete(null);
        assertThat(written).containsExactly("2");
    }

    @Test
    void anAbandonedConnectionGivesBackWhatItHeld() {
        var first = sequencer.open(5);
        var second = sequencer.open(6);
        second.complete("2");
        List<String> released = new ArrayList<>();
        sequencer.abandon(released::add);
        assertThat(released).containsExactly("2");
        assertThat(done).containsExactly(5L, 6L);
        assertThat(first.complete("late")).isFalse();
        assertThat(written).isEmpty();
    }

    @Test
    void answeringTwiceIsABug() {
        var slot = sequencer.open(1);
        slot.complete("1");
        assertThatThrownBy(() -> slot.complete("again")).isInstanceOf(IllegalStateException.class);
    }
}
