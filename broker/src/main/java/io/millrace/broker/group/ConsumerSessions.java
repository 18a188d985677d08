package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.broker.group.consumer.ConsumerGroupRecord;
import io.millrace.broker.group.consumer.ConsumerMember;
import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.shard.Effects;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches that members of consumer groups are heard from and do what they are asked to in time, and
 * takes out those that do not.
 */
final class ConsumerSessions {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConsumerSessions.class);

    private final GroupSettings settings;
    private final Clock clock;
    private final GroupTable groups;
    private final ConsumerTargets targets;
    private final ConsumerRegexes regexes;
    private final ConsumerMigration migration;

    ConsumerSessions(
            GroupSettings settings,
            Clock clock,
            GroupTable groups,
            ConsumerTargets targets,
            ConsumerRegexes regexes,
            ConsumerMigration migration) {
        this.settings = settings;
        this.clock = clock;
        this.groups = groups;
        this.targets = targets;
        this.regexes = regexes;
        this.migration = migration;
    }

    /** Notes a sign of life. */
    void heard(ConsumerStep step, ConsumerMember member) {
        ConsumerGroup group = step.group();
        ConsumerGroupActivity.Watch watch = group.activity().watch(member.id());
        watch.sessionDeadlineMs = clock.monotonicMs() + sessionTimeoutMs(group, member);
        if (!watch.sessionTimerRuns) {
            watchSession(group, member.id(), watch, step.effects());
        }
    }

    private int sessionTimeoutMs(ConsumerGroup group, ConsumerMember member) {
        ConsumerMember.Classic classic = member.profile().classic();
        return classic == null ? settings.sessionTimeoutMs(group.id()) : classic.sessionTimeoutMs();
    }

    private void watchSession(
            ConsumerGroup group,
            String memberId,
            ConsumerGroupActivity.Watch watch,
            Effects effects) {
        watch.sessionTimerRuns = true;
        effects.schedule(
                Math.max(1, watch.sessionDeadlineMs - clock.monotonicMs()),
                later -> {
                    watch.sessionTimerRuns = false;
                    ConsumerMember member = group.member(memberId);
                    if (member == null
                            || !groups.holds(group)
                            || group.activity().watch(memberId) != watch) {
                        return;
                    }
                    if (watch.sessionDeadlineMs > clock.monotonicMs()) {
                        watchSession(group, memberId, watch, later);
                    } else {
                        remove(new ConsumerStep(group, later), member, "session timed out");
                    }
                });
    }

    /**
     * Takes the member out unless it does what it has been asked to within its rebalance timeout.
     *
     * @param stillOwing whether it has not done so yet, asked when the time is over
     */
    void expect(ConsumerStep step, ConsumerMember member, Predicate<ConsumerMember> stillOwing) {
        ConsumerGroup group = step.group();
        String memberId = member.id();
        ConsumerGroupActivity.Watch watch = group.activity().watch(memberId);
        int round = ++watch.waitRound;
        watch.waiting = true;
        step.effects()
                .schedule(
                        Math.max(1, member.profile().rebalanceTimeoutMs()),
                        later -> {
                            ConsumerMember now = group.member(memberId);
                            if (now != null
                                    && groups.holds(group)
                                    && group.activity().watch(memberId) == watch
                                    && watch.waitRound == round
                                    && stillOwing.test(now)) {
                                remove(
                                        new ConsumerStep(group, later),
                                        now,
                                        "did not follow the rebalance in time");
                            }
                        });
    }

    /** Likewise, unless the member is being waited for already. */
    void expectAtLast(ConsumerStep step, ConsumerMember member) {
        if (!step.group().activity().watch(member.id()).waiting) {
            expect(step, member, now -> true);
        }
    }

    /** The member has done what it was asked to. */
    void expectNothing(ConsumerGroup group, ConsumerMember member) {
        ConsumerGroupActivity.Watch watch = group.activity().watch(member.id());
        watch.waitRound++;
        watch.waiting = false;
    }

    /** Watches a member whose partitions it must give up first. */
    void expectRevocation(ConsumerStep step, ConsumerMember member) {
        int epoch = member.epoch();
        expect(
                step,
                member,
                now -> now.state() == MemberState.UNREVOKED_PARTITIONS && now.epoch() == epoch);
    }

    /** The shard was loaded: every member must be heard from within its session time. */
    void watchAll(ConsumerStep step) {
        for (ConsumerMember member : step.group().members()) {
            heard(step, member);
            if (member.state() == MemberState.UNREVOKED_PARTITIONS) {
                expectRevocation(step, member);
            }
        }
    }

    /** Takes a member out for good; what it had is divided among the others. */
    void remove(ConsumerStep step, ConsumerMember member, String why) {
        ConsumerGroup group = step.group();
        LOGGER.atInfo()
                .addKeyValue("group", group.id())
                .addKeyValue("member", member.id())
                .addKeyValue("reason", why)
                .log("member removed");
        if (migration.canDowngradeWithout(group, member)) {
            migration.downgradeWithout(step, member);
            return;
        }
        erase(step, member);
        regexes.dropUnused(step);
        targets.raise(step, true);
    }

    /** Records that there is no such member any more. */
    void erase(ConsumerStep step, ConsumerMember member) {
        String group = step.group().id();
        step.write(new ConsumerGroupRecord.MemberProgress(group, member.id(), null));
        step.write(new ConsumerGroupRecord.MemberTarget(group, member.id(), null));
        step.write(new ConsumerGroupRecord.MemberProfile(group, member.id(), null));
        step.group().activity().forget(member.id());
    }
}
