package io.millrace.simulation.model.replication;

import static io.millrace.simulation.model.replication.ReplicationModel.step;

import io.millrace.broker.log.LeaderEpochs;
import io.millrace.broker.replication.Divergence;
import io.millrace.broker.replication.IsrAnswer;
import io.millrace.broker.replication.IsrProposal;
import io.millrace.broker.replication.LeaderAnswer.Diverging;
import io.millrace.broker.replication.Replica;
import io.millrace.broker.replication.Replica.Role;
import io.millrace.broker.replication.Replica.RoleChange;
import io.millrace.broker.replication.SafetyRules;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.simulation.model.Step;
import io.millrace.simulation.model.replication.Message.Fetch;
import io.millrace.simulation.model.replication.Message.IsrAsk;
import io.millrace.simulation.model.replication.Message.IsrTold;
import io.millrace.simulation.model.replication.Message.Records;
import io.millrace.simulation.model.replication.ModelBroker.Unanswered;
import io.millrace.simulation.model.replication.ReplicationModel.Rules;
import java.util.ArrayList;
import java.util.List;

/**
 * What brokers do: the shell around {@link Replica}, made as small as a model can have it. Follows
 * what {@code Partition}, the fetchers and the fetch path of a broker do with it.
 */
final class BrokerSteps {
    /** Times for which a follower is never, and always, too far behind. */
    private static final long SOON = 0;

    private static final long LATE = 1_000;
    private static final long MAX_LAG = 100;

    private final Bounds bounds;
    private final Rules rules;
    private final ControlSteps control;

    BrokerSteps(Bounds bounds, Rules rules) {
        this.bounds = bounds;
        this.rules = rules;
        this.control = new ControlSteps(bounds, rules);
    }

    private boolean keeps(SafetyRules rule) {
        return rules.replica().contains(rule);
    }

    /** Steps that a broker makes by itself. */
    void add(ModelCluster state, ModelBroker broker, List<Step<ModelCluster>> to) {
        if (broker.applied < state.images.size() - 1) {
            to.add(
                    step(
                            state,
                            () -> "broker " + broker.id + " reads metadata",
                            next -> read(next, broker.id)));
        }
        Replica replica = broker.replica;
        if (replica.leads()) {
            addLeading(state, broker, to);
        } else if (replica.role() == Role.FOLLOWER
                && replica.leader() >= 0
                && replica.mayAcknowledge()
                && state.messages.size() < bounds.messages()
                && state.messages.stream().noneMatch(message -> isFetchOf(message, broker))) {
            to.add(
                    step(
                            state,
                            () -> "broker " + broker.id + " fetches",
                            next -> fetch(next, broker.id)));
        }
        if (bounds.flushOnAck() && broker.log.flushed() < broker.log.end()) {
            to.add(
                    step(
                            state,
                            () -> "broker " + broker.id + " flushes",
                            next -> flush(next, broker.id)));
        }
    }

    private static boolean isFetchOf(Message message, ModelBroker broker) {
        Fetch fetch =
                message instanceof Fetch asked
                        ? asked
                        : message instanceof Records answer ? answer.asked() : null;
        return fetch != null && fetch.from() == broker.id && fetch.life() == broker.life;
    }

    private void addLeading(ModelCluster state, ModelBroker broker, List<Step<ModelCluster>> to) {
        if (state.records < bounds.records() && broker.replica.mayAppendForAll()) {
            to.add(
                    step(
                            state,
                            () -> "broker " + broker.id + " appends record " + state.records,
                            next -> append(next, broker.id)));
        }
        if (state.messages.size() < bounds.messages()) {
            addProposal(state, broker, SOON, to);
            addProposal(state, broker, LATE, to);
        }
    }

    private void addProposal(
            ModelCluster state, ModelBroker broker, long now, List<Step<ModelCluster>> to) {
        ModelBroker tried = broker.copy();
        IsrProposal proposal = tried.replica.propose(now, MAX_LAG, broker);
        if (proposal != null) {
            to.add(
                    step(
                            state,
                            () -> "broker " + broker.id + " proposes " + proposal,
                            next -> {
                                next.brokers[broker.id] = tried.copy();
                                next.send(
                                        new IsrAsk(
                                                broker.id,
                                                broker.life,
                                                broker.brokerEpoch,
                                                proposal));
                            }));
        }
    }

    private void append(ModelCluster next, int id) {
        ModelBroker broker = next.change(id);
        int value = next.records++;
        int epoch = broker.replica.leaderEpoch();
        broker.wait(new Unanswered(broker.log.end(), epoch, value));
        broker.log = broker.log.with(epoch, value);
        onOwnProgress(next, broker);
    }

    private void flush(ModelCluster next, int id) {
        ModelBroker broker = next.change(id);
        broker.log = broker.log.flushedWhole();
        if (broker.replica.leads()) {
            onOwnProgress(next, broker);
        } else {
            broker.replica.onFlushed(broker.log.flushed());
        }
    }

    private void onOwnProgress(ModelCluster next, ModelBroker broker) {
        broker.replica.onOwnProgress(broker.log.end(), flushed(broker));
        settle(next, broker);
    }

    private int flushed(ModelBroker broker) {
        return bounds.flushOnAck() ? broker.log.flushed() : broker.log.end();
    }

    /** Answers who waits for the high watermark, and shows what is below it. */
    private void settle(ModelCluster next, ModelBroker broker) {
        List<Unanswered> still = new ArrayList<>();
        for (Unanswered append : broker.unanswered) {
            if (append.offset() < broker.replica.highWatermark()) {
                next.acknowledge(append.offset(), append.value());
            } else {
                still.add(append);
            }
        }
        broker.unanswered = List.copyOf(still);
        next.show(broker);
    }

    private void read(ModelCluster next, int id) {
        ModelBroker broker = next.change(id);
        broker.applied++;
        MetadataImage image = next.images.get(broker.applied);
        broker.image = image;
        if (!control.mayActOn(broker, image)) {
            return;
        }
        RoleChange change = broker.replica.onMetadata(ModelCluster.partitionIn(image), SOON);
        if (change == RoleChange.RESIGNED
                && keeps(SafetyRules.RESIGNED_LEADER_ACKNOWLEDGES_NOTHING)) {
            broker.unanswered = List.of();
        }
        settle(next, broker);
    }

    private void fetch(ModelCluster next, int id) {
        ModelBroker broker = next.brokers[id];
        next.send(
                new Fetch(
                        id,
                        broker.life,
                        broker.brokerEpoch,
                        broker.replica.leader(),
                        broker.replica.leaderEpoch(),
                        broker.log.end(),
                        broker.log.epochs().latest()));
    }

    /** What arrives at brokers, or gets lost. */
    void addDeliveries(ModelCluster state, List<Step<ModelCluster>> to) {
        for (Message message : state.messages) {
            if (message instanceof Fetch fetch) {
                to.add(step(state, () -> "arrives: " + fetch, next -> onFetch(next, fetch)));
                to.add(step(state, () -> "is lost: " + fetch, next -> next.take(fetch)));
            } else if (message instanceof Records records) {
                to.add(step(state, () -> "arrives: " + records, next -> onRecords(next, records)));
            } else if (message instanceof IsrTold told) {
                to.add(step(state, () -> "arrives: " + told, next -> onTold(next, told)));
                addUnknown(state, told, told.to(), told.life(), told.asked(), to);
            } else if (message instanceof IsrAsk ask) {
                addUnknown(state, ask, ask.from(), ask.life(), ask.proposal(), to);
            }
        }
        for (ModelBroker broker : state.brokers) {
            addCrashes(state, broker, to);
        }
    }

    /** The leader gives up waiting; the question may still arrive, the answer does not. */
    private void addUnknown(
            ModelCluster state,
            Message message,
            int asker,
            int life,
            IsrProposal asked,
            List<Step<ModelCluster>> to) {
        ModelBroker broker = state.brokers[asker];
        if (state.lostAnswers >= bounds.lostAnswers() || !broker.up || broker.life != life) {
            return;
        }
        to.add(
                step(
                        state,
                        () -> "broker " + asker + " gives up waiting for an answer to " + asked,
                        next -> {
                            next.lostAnswers++;
                            if (message instanceof IsrTold) {
                                next.take(message);
                            }
                            ModelBroker changed = next.change(asker);
                            changed.replica.onIsrAnswer(asked, new IsrAnswer.Unknown("timeout"));
                            settle(next, changed);
                        }));
    }

    private void onTold(ModelCluster next, IsrTold told) {
        next.take(told);
        ModelBroker broker = next.brokers[told.to()];
        if (broker.up && broker.life == told.life()) {
            ModelBroker changed = next.change(told.to());
            changed.replica.onIsrAnswer(told.asked(), told.answer());
            settle(next, changed);
        }
    }

    private void onFetch(ModelCluster next, Fetch fetch) {
        next.take(fetch);
        ModelBroker leader = next.brokers[fetch.to()];
        boolean otherEpoch = fetch.epoch() != leader.replica.leaderEpoch();
        if (!leader.up
                || !leader.replica.leads()
                || (otherEpoch && keeps(SafetyRules.FOLLOWER_COUNTS_IN_CURRENT_EPOCH))) {
            return;
        }
        ModelBroker changed = next.change(fetch.to());
        Diverging diverging =
                Divergence.between(
                        rules.replica(),
                        changed.log.epochs(),
                        changed.replica.leaderEpoch(),
                        changed.log.end(),
                        fetch.offset(),
                        fetch.lastEpoch());
        if (diverging == null) {
            changed.replica.onFollowerFetch(
                    fetch.from(),
                    fetch.brokerEpoch(),
                    fetch.epoch(),
                    fetch.offset(),
                    0,
                    changed.epochOf(fetch.from()),
                    SOON);
            settle(next, changed);
        }
        boolean more = diverging == null && fetch.offset() < changed.log.end();
        next.send(
                new Records(
                        fetch,
                        more ? changed.log.entryEpochs()[fetch.offset()] : -1,
                        more ? changed.log.values()[fetch.offset()] : -1,
                        changed.replica.highWatermark(),
                        diverging));
    }

    private void onRecords(ModelCluster next, Records answer) {
        next.take(answer);
        Fetch asked = answer.asked();
        ModelBroker follower = next.brokers[asked.from()];
        if (!follower.up
                || follower.life != asked.life()
                || !follower.replica.takesAnswerOf(asked.epoch())
                || follower.log.end() != asked.offset()) {
            return;
        }
        ModelBroker changed = next.change(asked.from());
        Diverging diverging = answer.diverging();
        if (diverging != null) {
            cut(changed, diverging);
            return;
        }
        if (answer.entryEpoch() >= 0) {
            changed.log = changed.log.with(answer.entryEpoch(), answer.value());
        }
        changed.replica.onReplicated(changed.log.end(), flushed(changed), answer.highWatermark());
        settle(next, changed);
    }

    private void cut(ModelBroker follower, Diverging diverging) {
        int to =
                (int)
                        Divergence.truncationOffset(
                                rules.replica(),
                                follower.log.epochs(),
                                follower.log.end(),
                                follower.replica.highWatermark(),
                                diverging);
        LeaderEpochs remaining = Divergence.epochsAfter(rules.replica(), follower.log.epochs(), to);
        follower.log = follower.log.cut(to, remaining);
        follower.replica.onTruncated(0, to, flushed(follower));
    }

    private void addCrashes(ModelCluster state, ModelBroker broker, List<Step<ModelCluster>> to) {
        if (!broker.up) {
            to.add(
                    step(
                            state,
                            () -> "broker " + broker.id + " starts again",
                            next -> start(next, broker.id)));
            return;
        }
        if (state.crashes >= bounds.crashes()) {
            return;
        }
        int safe = bounds.flushOnAck() ? broker.log.flushed() : 0;
        for (int end = safe; end <= broker.log.end(); end++) {
            int left = end;
            to.add(
                    step(
                            state,
                            () -> "broker " + broker.id + " crashes; of its log is left " + left,
                            next -> crash(next, broker.id, left)));
        }
    }

    private static void crash(ModelCluster next, int id, int left) {
        next.crashes++;
        ModelBroker broker = next.change(id);
        broker.up = false;
        broker.brokerEpoch = ModelBroker.UNREGISTERED;
        broker.unanswered = List.of();
        broker.log = broker.log.recovered(left);
        broker.replica.onRemoved();
    }

    private void start(ModelCluster next, int id) {
        ModelBroker broker = next.change(id);
        broker.up = true;
        broker.life++;
        broker.replica = new Replica(id, rules.replica());
        broker.replica.onConfig(bounds.minIsr(), bounds.flushOnAck());
        broker.replica.onOpened(broker.log.end(), broker.log.end(), 0);
    }
}
