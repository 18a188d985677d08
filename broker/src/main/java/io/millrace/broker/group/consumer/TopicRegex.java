package io.millrace.broker.group.consumer;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A regular expression over topic names, in RE2's syntax: matching takes time linear in the name,
 * whatever the expression. A name must match as a whole.
 */
public final class TopicRegex {
    /** Largest program that is compiled: about this many characters without counted repetitions. */
    private static final int MAX_SIZE = 10_000;

    private final Pattern pattern;

    private TopicRegex(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * Compiles an expression.
     *
     * @throws ApiException with INVALID_REGULAR_EXPRESSION if it is none, or too large
     */
    public static TopicRegex compile(String regex) {
        if (regex.length() > MAX_SIZE || RegexSize.estimate(regex, MAX_SIZE) > MAX_SIZE) {
            throw new ApiException(
                    ErrorCode.INVALID_REGULAR_EXPRESSION,
                    "SubscribedTopicRegex of "
                            + regex.length()
                            + " characters is too large with its repetitions: at most "
                            + MAX_SIZE
                            + " steps are compiled");
        }
        try {
            return new TopicRegex(Pattern.compile(regex));
        } catch (PatternSyntaxException e) {
            throw new ApiException(
                    ErrorCode.INVALID_REGULAR_EXPRESSION,
                    "SubscribedTopicRegex `"
                            + regex
                            + "` is not a valid regular expression: "
                            + e.getDescription()
                            + ".");
        }
    }

    /** The same for an expression from a log, where a broker of another kind may have put it. */
    public static Optional<TopicRegex> find(String regex) {
        try {
            return Optional.of(compile(regex));
        } catch (ApiException e) {
            return Optional.empty();
        }
    }

    /** The names that match, in order. */
    public Set<String> matching(Collection<String> names) {
        Set<String> matching = new TreeSet<>();
        for (String name : names) {
            if (pattern.matches(name)) {
                matching.add(name);
            }
        }
        return matching;
    }
}
