package io.millrace.protocol.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {

    @Test
    void everyErrorOfTheNewestReleaseIsKnownWithItsNumberAndRetriability() {
        for (Errors theirs : Errors.values()) {
            ErrorCode ours = ErrorCode.forCode(theirs.code());
            assertThat(ours.name()).isEqualTo(theirs.name());
            assertThat(ours.code()).isEqualTo(theirs.code());
            assertThat(ours.retriable())
                    .as(ours.name())
                    .isEqualTo(theirs.exception() instanceof RetriableException);
        }
        assertThat(ErrorCode.values()).hasSameSizeAs(Errors.values());
    }

    @Test
    void messagesAreOurOwnAndDiffer() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::message))
                .doesNotHaveDuplicates();
    }

    @Test
    void numbersFromTheFutureReadAsUnknownServerError() {
        assertThat(ErrorCode.forCode(9999)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(ErrorCode.forCode(-2)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
    }
}
