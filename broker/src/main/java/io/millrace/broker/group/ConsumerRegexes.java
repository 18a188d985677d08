package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.broker.group.consumer.ConsumerGroupRecord;
import io.millrace.broker.group.consumer.ResolvedRegex;
import io.millrace.broker.group.consumer.TopicRegex;
import io.millrace.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Keeps what the regular expressions of consumer groups stand for. A new expression is evaluated at
 * once, all of a group again when the metadata has changed, but not more often than every ten
 * seconds. With many topics this is done beside the shard's loop.
 */
final class ConsumerRegexes {
    private static final long MIN_REFRESH_MS = 10_000;

    /** Names to be matched up to which it is done at once. */
    private static final long AT_ONCE = 2_000;

    private final GroupSettings settings;
    private final Clock clock;
    private final Supplier<MetadataImage> metadata;
    private final GroupTable groups;
    private final ConsumerTargets targets;

    ConsumerRegexes(
            GroupSettings settings,
            Clock clock,
            Supplier<MetadataImage> metadata,
            GroupTable groups,
            ConsumerTargets targets) {
        this.settings = settings;
        this.clock = clock;
        this.metadata = metadata;
        this.groups = groups;
        this.targets = targets;
    }

    /**
     * Evaluates the group's expressions if that is due.
     *
     * @return whether the group now reads other topics; false also when that will be known later
     */
    boolean refresh(ConsumerStep step) {
        ConsumerGroup group = step.group();
        dropUnused(step);
        MetadataImage image = metadata.get();
        if (group.regexesInUse().isEmpty()
                || group.activity().resolving
                || !isDue(group, image.offset())) {
            return false;
        }
        group.activity().resolvedAtMs = clock.monotonicMs();
        group.activity().resolvedAtOffset = image.offset();
        List<String> asked = List.copyOf(group.regexesInUse());
        if ((long) image.topicCount() * asked.size() <= AT_ONCE) {
            return install(step, evaluate(asked, image), image.offset());
        }
        group.activity().resolving = true;
        step.effects()
                .offload(
                        () -> evaluate(asked, image),
                        (found, later) -> {
                            group.activity().resolving = false;
                            if (groups.holds(group)) {
                                ConsumerStep next = new ConsumerStep(group, later);
                                if (install(next, found, image.offset())) {
                                    targets.update(next, true);
                                }
                            }
                        });
        return false;
    }

    /** Forgets what expressions stand for that no member uses any more. */
    void dropUnused(ConsumerStep step) {
        ConsumerGroup group = step.group();
        for (String regex : List.copyOf(group.regexes().keySet())) {
            if (!group.regexesInUse().contains(regex)) {
                step.write(new ConsumerGroupRecord.Regex(group.id(), regex, null));
            }
        }
    }

    private boolean isDue(ConsumerGroup group, long metadataOffset) {
        if (!group.regexes().keySet().containsAll(group.regexesInUse())) {
            return true;
        }
        ConsumerGroupActivity activity = group.activity();
        long now = clock.monotonicMs();
        return now - activity.resolvedAtMs >= settings.regexRefreshMs()
                || (activity.resolvedAtOffset != metadataOffset
                        && now - activity.resolvedAtMs >= MIN_REFRESH_MS);
    }

    private static Map<String, Set<String>> evaluate(List<String> asked, MetadataImage image) {
        List<String> names = new ArrayList<>(image.topicCount());
        image.forEachTopic(topic -> names.add(topic.name()));
        Map<String, Set<String>> found = new HashMap<>();
        for (String regex : asked) {
            found.put(regex, TopicRegex.compile(regex).matching(names));
        }
        return found;
    }

    private boolean install(ConsumerStep step, Map<String, Set<String>> found, long offset) {
        ConsumerGroup group = step.group();
        boolean changed = false;
        for (Map.Entry<String, Set<String>> entry : found.entrySet()) {
            String regex = entry.getKey();
            ResolvedRegex before = group.regexes().get(regex);
            boolean same = before != null && before.topics().equals(entry.getValue());
            if (!same && group.regexesInUse().contains(regex)) {
                step.write(
                        new ConsumerGroupRecord.Regex(
                                group.id(),
                                regex,
                                new ResolvedRegex(entry.getValue(), offset, clock.wallMs())));
                changed = true;
            }
        }
        return changed;
    }
}
