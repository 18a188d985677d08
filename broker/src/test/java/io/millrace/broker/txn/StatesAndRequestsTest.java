package io.millrace.broker.txn;

import static io.millrace.broker.txn.TransactionHarness.NEW;
import static io.millrace.broker.txn.TransactionHarness.OLD;
import static io.millrace.broker.txn.TransactionHarness.ORDERS_0;
import static io.millrace.broker.txn.TransactionHarness.ORDERS_1;
import static io.millrace.broker.txn.TransactionHarness.errorOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every state with every request: what is answered, and which state follows. */
final class StatesAndRequestsTest {
    private static final long PRODUCER = 7;
    private static final short EPOCH = 5;
    private final TransactionHarness harness = new TransactionHarness();

    /** Markers stay on their way, so that prepared states can be seen. */
    private void begin(TransactionState state, short version) {
        harness.holdMarkers = true;
        boolean busy = !state.idle();
        harness.given(
                new Transaction(
                        TransactionHarness.ID,
                        new ProducerIdAndEpoch(PRODUCER, EPOCH),
                        -1,
                        -1,
                        (short) -1,
                        TransactionHarness.TIMEOUT_MS,
                        state,
                        Transaction.sorted(busy ? Set.of(ORDERS_0) : Set.of()),
                        state == TransactionState.EMPTY ? -1 : harness.clock.wallMs(),
                        harness.clock.wallMs(),
                        version));
        assertThat(harness.state()).isEqualTo(state);
    }

    private static ProducerIdAndEpoch epoch(int epoch) {
        return new ProducerIdAndEpoch(PRODUCER, (short) epoch);
    }

    private void expect(ErrorCode answer, ErrorCode expected, TransactionState next) {
        assertThat(answer).isEqualTo(expected);
        assertThat(harness.state()).isEqualTo(next);
        Transaction inMemory = harness.transaction();
        harness.restart();
        assertThat(harness.transaction())
                .as("the log says the same")
                .usingRecursiveComparison()
                .ignoringFields("lastEpoch")
                .isEqualTo(inMemory);
    }

    @ParameterizedTest
    @Tag("wire-40")
    @CsvSource({
        "EMPTY,           NONE,                    EMPTY",
        "ONGOING,         CONCURRENT_TRANSACTIONS, PREPARE_ABORT",
        "PREPARE_COMMIT,  CONCURRENT_TRANSACTIONS, PREPARE_COMMIT",
        "PREPARE_ABORT,   CONCURRENT_TRANSACTIONS, PREPARE_ABORT",
        "COMPLETE_COMMIT, NONE,                    EMPTY",
        "COMPLETE_ABORT,  NONE,                    EMPTY",
    })
    void aNewInstance(TransactionState state, ErrorCode error, TransactionState next) {
        for (short version : List.of(OLD, NEW)) {
            begin(state, version);
            expect(harness.initError(ProducerIdAndEpoch.NONE), error, next);
            short expected = state.prepared() ? EPOCH : EPOCH + 1;
            assertThat(harness.transaction().producer()).isEqualTo(epoch(expected));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY,           NONE,                    EMPTY",
        "ONGOING,         CONCURRENT_TRANSACTIONS, PREPARE_ABORT",
        "PREPARE_COMMIT,  CONCURRENT_TRANSACTIONS, PREPARE_COMMIT",
        "PREPARE_ABORT,   CONCURRENT_TRANSACTIONS, PREPARE_ABORT",
        "COMPLETE_COMMIT, NONE,                    EMPTY",
        "COMPLETE_ABORT,  NONE,                    EMPTY",
    })
    void anInstanceThatRecovers(TransactionState state, ErrorCode error, TransactionState next) {
        begin(state, OLD);
        expect(harness.initError(epoch(EPOCH)), error, next);
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY,           PRODUCER_FENCED,         EMPTY",
        "PREPARE_COMMIT,  CONCURRENT_TRANSACTIONS, PREPARE_COMMIT",
        "PREPARE_ABORT,   CONCURRENT_TRANSACTIONS, PREPARE_ABORT",
        "COMPLETE_COMMIT, PRODUCER_FENCED,         COMPLETE_COMMIT",
        "COMPLETE_ABORT,  PRODUCER_FENCED,         COMPLETE_ABORT",
    })
    void aFencedInstanceThatRecovers(
            TransactionState state, ErrorCode error, TransactionState next) {
        begin(state, OLD);
        expect(harness.initError(epoch(EPOCH - 1)), error, next);
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY,           NONE,                    ONGOING",
        "ONGOING,         NONE,                    ONGOING",
        "PREPARE_COMMIT,  CONCURRENT_TRANSACTIONS, PREPARE_COMMIT",
        "PREPARE_ABORT,   CONCURRENT_TRANSACTIONS, PREPARE_ABORT",
        "COMPLETE_COMMIT, NONE,                    ONGOING",
        "COMPLETE_ABORT,  NONE,                    ONGOING",
    })
    void addingAPartition(TransactionState state, ErrorCode error, TransactionState next) {
        for (short version : List.of(OLD, NEW)) {
            begin(state, version);
            expect(harness.add(epoch(EPOCH), version, ORDERS_1), error, next);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY,           TRANSACTION_ABORTABLE",
        "ONGOING,         NONE",
        "PREPARE_COMMIT,  CONCURRENT_TRANSACTIONS",
        "PREPARE_ABORT,   CONCURRENT_TRANSACTIONS",
        "COMPLETE_COMMIT, TRANSACTION_ABORTABLE",
        "COMPLETE_ABORT,  TRANSACTION_ABORTABLE",
    })
    void verifyingAPartition(TransactionState state, ErrorCode error) {
        begin(state, OLD);
        assertThat(harness.verify(epoch(EPOCH), false, ORDERS_0)).containsEntry(ORDERS_0, error);
        assertThat(harness.state()).isEqualTo(state);
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY,           true,  INVALID_TXN_STATE,       EMPTY",
        "EMPTY,           false, INVALID_TXN_STATE,       EMPTY",
        "ONGOING,         true,  NONE,                    PREPARE_COMMIT",
        "ONGOING,         false, NONE,                    PREPARE_ABORT",
        "PREPARE_COMMIT,  true,  CONCURRENT_TRANSACTIONS, PREPARE_COMMIT",
        "PREPARE_COMMIT,  false, INVALID_TXN_STATE,       PREPARE_COMMIT",
        "PREPARE_ABORT,   true,  INVALID_TXN_STATE,       PREPARE_ABORT",
        "PREPARE_ABORT,   false, CONCURRENT_TRANSACTIONS, PREPARE_ABORT",
        "COMPLETE_COMMIT, true,  NONE,                    COMPLETE_COMMIT",
        "COMPLETE_COMMIT, false, INVALID_TXN_STATE,       COMPLETE_COMMIT",
        "COMPLETE_ABORT,  true,  INVALID_TXN_STATE,       COMPLETE_ABORT",
        "COMPLETE_ABORT,  false, NONE,                    COMPLETE_ABORT",
    })
    void endingByAnOldClient(
            TransactionState state, boolean commit, ErrorCode error, TransactionState next) {
        begin(state, OLD);
        expect(harness.endError(epoch(EPOCH), commit, OLD), error, next);
        assertThat(harness.transaction().producer()).isEqualTo(epoch(EPOCH));
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY,           true,  INVALID_TXN_STATE, EMPTY",
        "EMPTY,           false, NONE,              COMPLETE_ABORT",
        "ONGOING,         true,  NONE,              PREPARE_COMMIT",
        "ONGOING,         false, NONE,              PREPARE_ABORT",
        "PREPARE_COMMIT,  true,  PRODUCER_FENCED,   PREPARE_COMMIT",
        "PREPARE_COMMIT,  false, PRODUCER_FENCED,   PREPARE_COMMIT",
        "PREPARE_ABORT,   true,  PRODUCER_FENCED,   PREPARE_ABORT",
        "PREPARE_ABORT,   false, PRODUCER_FENCED,   PREPARE_ABORT",
        "COMPLETE_COMMIT, true,  INVALID_TXN_STATE, COMPLETE_COMMIT",
        "COMPLETE_COMMIT, false, NONE,              COMPLETE_ABORT",
        "COMPLETE_ABORT,  true,  INVALID_TXN_STATE, COMPLETE_ABORT",
        "COMPLETE_ABORT,  false, NONE,              COMPLETE_ABORT",
    })
    void endingByANewClient(
            TransactionState state, boolean commit, ErrorCode error, TransactionState next) {
        begin(state, NEW);
        expect(harness.endError(epoch(EPOCH), commit, NEW), error, next);
        boolean done = error == ErrorCode.NONE;
        assertThat(harness.transaction().producer()).isEqualTo(epoch(done ? EPOCH + 1 : EPOCH));
    }

    /** The epoch tells that a request was carried out already: the answer to it was lost. */
    @ParameterizedTest
    @Tag("wire-40")
    @CsvSource({
        "EMPTY,           true,  PRODUCER_FENCED",
        "ONGOING,         true,  PRODUCER_FENCED",
        "PREPARE_COMMIT,  true,  CONCURRENT_TRANSACTIONS",
        "PREPARE_COMMIT,  false, INVALID_TXN_STATE",
        "PREPARE_ABORT,   true,  INVALID_TXN_STATE",
        "PREPARE_ABORT,   false, CONCURRENT_TRANSACTIONS",
        "COMPLETE_COMMIT, true,  NONE",
        "COMPLETE_COMMIT, false, INVALID_TXN_STATE",
        "COMPLETE_ABORT,  true,  INVALID_TXN_STATE",
        "COMPLETE_ABORT,  false, NONE",
    })
    void endingAgainByANewClient(TransactionState state, boolean commit, ErrorCode error) {
        begin(state, NEW);
        ProducerAnswer answer = harness.end(epoch(EPOCH - 1), commit, NEW);
        expect(errorOf(answer), error, state);
        if (error == ErrorCode.NONE) {
            assertThat(TransactionHarness.given(answer)).isEqualTo(epoch(EPOCH));
        }
    }

    @ParameterizedTest
    @CsvSource({"EMPTY", "ONGOING", "PREPARE_COMMIT", "PREPARE_ABORT", "COMPLETE_COMMIT"})
    void anotherProducerId(TransactionState state) {
        begin(state, OLD);
        ProducerIdAndEpoch other = new ProducerIdAndEpoch(PRODUCER + 1, EPOCH);
        ErrorCode unknown = ErrorCode.INVALID_PRODUCER_ID_MAPPING;
        assertThat(harness.add(other, OLD, ORDERS_0)).isEqualTo(unknown);
        assertThat(harness.verify(other, false, ORDERS_0)).containsEntry(ORDERS_0, unknown);
        assertThat(harness.endError(other, true, OLD)).isEqualTo(unknown);
        assertThat(harness.endError(other, true, NEW)).isEqualTo(unknown);
        assertThat(harness.initError(other)).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(harness.state()).isEqualTo(state);
    }

    @ParameterizedTest
    @CsvSource({"EMPTY", "ONGOING", "PREPARE_COMMIT", "PREPARE_ABORT", "COMPLETE_ABORT"})
    void anotherEpoch(TransactionState state) {
        for (int epoch : List.of(EPOCH - 2, EPOCH + 1, (int) Short.MAX_VALUE, -1)) {
            begin(state, OLD);
            ErrorCode fenced = ErrorCode.PRODUCER_FENCED;
            assertThat(harness.add(epoch(epoch), OLD, ORDERS_0)).isEqualTo(fenced);
            assertThat(harness.verify(epoch(epoch), false, ORDERS_0))
                    .containsEntry(ORDERS_0, fenced);
            assertThat(harness.endError(epoch(epoch), true, OLD)).isEqualTo(fenced);
            assertThat(harness.endError(epoch(epoch), true, NEW)).isEqualTo(fenced);
            assertThat(harness.state()).isEqualTo(state);
        }
    }
}
