package io.millrace.simulation.model.replication;

import static io.millrace.simulation.model.replication.ReplicationModel.step;

import io.millrace.broker.controller.Basis;
import io.millrace.broker.controller.BrokerBeat;
import io.millrace.broker.controller.BrokerJoin;
import io.millrace.broker.controller.BrokerPlan;
import io.millrace.broker.controller.Decision;
import io.millrace.broker.controller.IsrChange;
import io.millrace.broker.controller.IsrPlan;
import io.millrace.broker.controller.IsrVerdict;
import io.millrace.broker.controller.TopicTerms;
import io.millrace.broker.replication.IsrAnswer;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.simulation.model.Step;
import io.millrace.simulation.model.replication.Message.IsrAsk;
import io.millrace.simulation.model.replication.Message.IsrTold;
import io.millrace.simulation.model.replication.ReplicationModel.Rules;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** What the controller does: registers, fences and unfences brokers, and takes ISRs or does not. */
final class ControlSteps {
    private final Bounds bounds;
    private final Rules rules;
    private final TopicTerms terms;

    ControlSteps(Bounds bounds, Rules rules) {
        this.bounds = bounds;
        this.rules = rules;
        this.terms = TopicTerms.of(bounds.minIsr());
    }

    static UUID directory(int id) {
        return new UUID(2, id);
    }

    static UUID incarnation(int id, int life) {
        return new UUID(3 + life, id);
    }

    private Basis basis(ModelCluster state) {
        return new Basis(state.committed(), terms, rules.controller());
    }

    void add(ModelCluster state, ModelBroker broker, List<Step<ModelCluster>> to) {
        BrokerImage known = state.committed().broker(broker.id);
        if (broker.up && broker.brokerEpoch == ModelBroker.UNREGISTERED) {
            addRegistration(state, broker, to);
        } else if (broker.up && known != null && known.fenced()) {
            addUnfencing(state, broker, to);
        }
        if (known != null && !known.fenced()) {
            boolean alarm = broker.up && known.epoch() == broker.brokerEpoch;
            if (!alarm || state.falseAlarms < bounds.falseAlarms()) {
                addFencing(state, broker, alarm, to);
            }
        }
    }

    private void addRegistration(
            ModelCluster state, ModelBroker broker, List<Step<ModelCluster>> to) {
        BrokerJoin join =
                new BrokerJoin(
                        broker.id,
                        incarnation(broker.id, broker.life),
                        directory(broker.id),
                        List.of(),
                        Optional.empty(),
                        OptionalLong.empty(),
                        List.of(directory(broker.id)),
                        new TreeMap<>());
        Decision<Long> decision =
                new BrokerPlan(basis(state)).register(join, state.committed().offset() + 1);
        if (isWithin(state, decision.records())) {
            to.add(
                    step(
                            state,
                            () -> "broker " + broker.id + " registers after a crash",
                            next -> {
                                next.commit(decision.records());
                                next.change(broker.id).brokerEpoch = decision.answer();
                            }));
        }
    }

    private void addUnfencing(ModelCluster state, ModelBroker broker, List<Step<ModelCluster>> to) {
        Decision<?> decision;
        try {
            decision =
                    new BrokerPlan(basis(state))
                            .beat(
                                    BrokerBeat.serving(
                                            broker.id, broker.brokerEpoch, broker.image.offset()),
                                    true);
        } catch (ApiException stale) {
            return;
        }
        if (!decision.records().isEmpty() && isWithin(state, decision.records())) {
            to.add(
                    step(
                            state,
                            () -> "broker " + broker.id + " is unfenced",
                            next -> next.commit(decision.records())));
        }
    }

    private void addFencing(
            ModelCluster state, ModelBroker broker, boolean alarm, List<Step<ModelCluster>> to) {
        List<MetadataRecord> records = new BrokerPlan(basis(state)).fence(Set.of(broker.id));
        if (isWithin(state, records)) {
            to.add(
                    step(
                            state,
                            () ->
                                    "broker "
                                            + broker.id
                                            + (alarm ? " is fenced though it lives" : " is fenced"),
                            next -> {
                                next.falseAlarms += alarm ? 1 : 0;
                                next.commit(records);
                            }));
        }
    }

    /** Whether the epochs stay within the bounds. */
    private boolean isWithin(ModelCluster state, List<MetadataRecord> records) {
        ModelCluster tried = state.copy();
        tried.commit(records);
        PartitionImage after = tried.partition();
        return after.leaderEpoch() <= bounds.leaderEpoch()
                && after.partitionEpoch() <= bounds.partitionEpoch();
    }

    void addDeliveries(ModelCluster state, List<Step<ModelCluster>> to) {
        for (Message message : state.messages) {
            if (message instanceof IsrAsk ask) {
                addAsk(state, ask, to);
            }
        }
    }

    private void addAsk(ModelCluster state, IsrAsk ask, List<Step<ModelCluster>> to) {
        IsrChange change =
                new IsrChange(
                        ModelCluster.TOPIC,
                        0,
                        ask.proposal().leaderEpoch(),
                        ask.proposal().partitionEpoch(),
                        ask.proposal().isr().stream()
                                .map(
                                        member ->
                                                new IsrChange.Member(
                                                        member.brokerId(), member.brokerEpoch()))
                                .toList());
        Decision<List<IsrVerdict>> decision;
        try {
            decision =
                    new IsrPlan(basis(state)).alter(ask.from(), ask.brokerEpoch(), List.of(change));
        } catch (ApiException stale) {
            to.add(
                    step(
                            state,
                            () -> "a stale proposal is refused: " + ask,
                            next -> next.take(ask)));
            return;
        }
        if (!isWithin(state, decision.records())) {
            return;
        }
        IsrVerdict verdict = decision.answer().get(0);
        to.add(
                step(
                        state,
                        () -> "the controller answers " + ask + " with " + verdict.error(),
                        next -> {
                            next.take(ask);
                            next.commit(decision.records());
                            next.send(
                                    new IsrTold(
                                            ask.from(),
                                            ask.life(),
                                            ask.proposal(),
                                            answer(verdict)));
                        }));
    }

    private static IsrAnswer answer(IsrVerdict verdict) {
        PartitionImage state = verdict.state();
        return verdict.error() == ErrorCode.NONE && state != null
                ? new IsrAnswer.Committed(state.leaderEpoch(), state.partitionEpoch(), state.isr())
                : IsrAnswer.ofError(verdict.error());
    }

    /** Whether a broker may act on an image: not on one older than its own registration. */
    boolean mayActOn(ModelBroker broker, MetadataImage image) {
        BrokerImage self = image.broker(broker.id);
        return !rules.catchUp()
                || (self != null && self.incarnation().equals(incarnation(broker.id, broker.life)));
    }
}
