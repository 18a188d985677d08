package io.millrace.system.differential;

import io.millrace.protocol.message.ApiKey;
import java.util.List;
import java.util.function.Consumer;

/**
 * One thing a client may do: one request or a few that belong together.
 *
 * @param weight how often it is drawn, relative to others
 * @param needs APIs without which it is left out
 */
record Step(int weight, List<ApiKey> needs, Consumer<Sequence> body) {

    static Step of(int weight, Consumer<Sequence> body, ApiKey... needs) {
        return new Step(weight, List.of(needs), body);
    }

    boolean isPossible(Sequence sequence) {
        return needs.stream().allMatch(sequence::serves);
    }
}
