package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Answers about several groups in the order asked, each found or failed by itself. */
final class PerGroup {
    private PerGroup() {}

    /**
     * Asks for each group; done when all are.
     *
     * @param ask finds the answer, or fails with an expected error
     * @param failed the answer for a group with this error
     */
    static <G, A> CompletableFuture<List<A>> ask(
            List<G> groups,
            Function<G, CompletableFuture<A>> ask,
            BiFunction<G, ErrorCode, A> failed) {
        List<CompletableFuture<A>> answers = new ArrayList<>(groups.size());
        for (G group : groups) {
            answers.add(
                    ask.apply(group)
                            .exceptionally(e -> failed.apply(group, ApiFailures.codeOf(e))));
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> answers.stream().map(CompletableFuture::join).toList());
    }

    /** The same for groups by id; none has an empty one. */
    static <A> CompletableFuture<List<A>> askNamed(
            List<String> ids,
            Function<String, CompletableFuture<A>> ask,
            BiFunction<String, ErrorCode, A> failed) {
        return ask(
                ids,
                id ->
                        id.isEmpty()
                                ? CompletableFuture.completedFuture(
                                        failed.apply(id, ErrorCode.INVALID_GROUP_ID))
                                : ask.apply(id),
                failed);
    }

    /** The same answer for all: the request failed as a whole. */
    static <G, A> List<A> allFailed(
            List<G> groups, ErrorCode error, BiFunction<G, ErrorCode, A> failed) {
        return groups.stream().map(group -> failed.apply(group, error)).toList();
    }
}
