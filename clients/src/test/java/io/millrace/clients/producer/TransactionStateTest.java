package io.millrace.clients.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.clients.producer.TransactionState.Phase;
import org.junit.jupiter.api.Test;

class TransactionStateTest {
    private static final TransactionAbortableException FAILURE =
            new TransactionAbortableException("a batch failed; abort", null);
    private static final FatalProducerException FATAL =
            new ProducerFencedException("fenced; close", null);
    private static final TransactionState READY = TransactionState.NEW.initialize().initialized();
    private static final TransactionState OPEN = READY.begin();

    @Test
    void aTransactionGoesFromBeginningToEndAndAnotherMayFollow() {
        assertThat(OPEN.maySend()).isTrue();
        assertThat(OPEN.commit().maySend()).isTrue();
        assertThat(OPEN.commit().ended().begin().abort().ended()).isEqualTo(READY);
        assertThat(OPEN.abort().maySend()).isFalse();
    }

    @Test
    void callsInTheWrongOrderSayWhatToDoFirst() {
        assertThatThrownBy(TransactionState.NEW::begin)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("before initTransactions")
                .hasMessageContaining("wait for initTransactions first");
        assertThatThrownBy(READY::initialize).hasMessageContaining("called once");
        assertThatThrownBy(() -> READY.checkOpen("send"))
                .hasMessage("send came outside of a transaction: call beginTransaction first");
        assertThatThrownBy(READY::commit).hasMessageContaining("call beginTransaction first");
        assertThatThrownBy(READY::abort).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(OPEN::begin).hasMessageContaining("commit or abort");
        assertThatThrownBy(() -> OPEN.commit().checkOpen("send"))
                .hasMessageContaining("during commitTransaction");
    }

    @Test
    void aFailedTransactionCanOnlyBeAborted() {
        TransactionState failed = OPEN.failed(FAILURE);
        assertThatThrownBy(failed::commit).isSameAs(FAILURE);
        assertThatThrownBy(() -> failed.checkOpen("send")).isSameAs(FAILURE);
        assertThatThrownBy(failed::begin).isInstanceOf(IllegalStateException.class);
        assertThat(failed.abort().ended()).isEqualTo(READY);
        assertThat(OPEN.commit().failed(FAILURE).phase()).isEqualTo(Phase.ABORT_NEEDED);
    }

    @Test
    void aFailureAfterTheTransactionsEndConcernsNobody() {
        assertThat(READY.failed(FAILURE)).isEqualTo(READY);
        assertThat(OPEN.abort().failed(FAILURE).phase()).isEqualTo(Phase.ABORTING);
    }

    @Test
    void nothingWorksAfterAFatalFailure() {
        TransactionState broken = OPEN.broken(FATAL);
        assertThatThrownBy(broken::abort).isSameAs(FATAL);
        assertThatThrownBy(broken::commit).isSameAs(FATAL);
        assertThatThrownBy(broken::begin).isSameAs(FATAL);
        assertThatThrownBy(broken::initialize).isSameAs(FATAL);
        assertThatThrownBy(() -> broken.checkOpen("send")).isSameAs(FATAL);
        assertThat(broken.broken(new FatalProducerException("later", null))).isSameAs(broken);
    }

    @Test
    void initialisationThatFailedMayBeTriedAgain() {
        assertThat(TransactionState.NEW.initialize().notInitialized())
                .isEqualTo(TransactionState.NEW);
    }
}
