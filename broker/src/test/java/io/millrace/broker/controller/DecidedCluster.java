package io.millrace.broker.controller;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.TopicCreated;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/**
 * Brokers 0 to n-1, unfenced, each with one log directory, and what was decided since: a metadata
 * log without a log. The topic "t" has one partition unless more are asked for.
 */
final class DecidedCluster {
    static final UUID TOPIC = new UUID(7, 7);

    MetadataImage image = MetadataImage.EMPTY;
    Set<ControlRules> rules = ControlRules.all();
    int minIsr = 2;
    boolean unclean;
    private int lives = 100;

    DecidedCluster(int brokers) {
        List<MetadataRecord> records = new ArrayList<>();
        for (int id = 0; id < brokers; id++) {
            records.add(registration(id, List.of(directory(id))));
        }
        apply(records);
    }

    static UUID directory(int id) {
        return new UUID(50, id);
    }

    static BrokerRegistration registration(int id, List<UUID> directories) {
        return new BrokerRegistration(
                id,
                id,
                new UUID(id, 1),
                directory(id),
                List.of(),
                null,
                false,
                false,
                directories,
                Collections.emptySortedMap());
    }

    /** Adds the topic with one partition for each list of replicas, all in sync. */
    DecidedCluster topic(List<List<Integer>> replicas) {
        List<MetadataRecord> records = new ArrayList<>();
        records.add(new TopicCreated(TOPIC, "t"));
        for (int i = 0; i < replicas.size(); i++) {
            List<Integer> nodes = replicas.get(i);
            records.add(new PartitionRecord(TOPIC, i, nodes, nodes, List.of(), nodes.get(0), 0, 0));
        }
        apply(records);
        return this;
    }

    void apply(List<MetadataRecord> records) {
        ImageEditor editor = new ImageEditor(image);
        records.forEach(editor::apply);
        image = editor.finish(new LogPosition(1, image.offset() + records.size(), 0)).after();
    }

    <T> T decide(Decision<T> decision) {
        apply(decision.records());
        return decision.answer();
    }

    Basis basis() {
        int min = minIsr;
        boolean anybody = unclean;
        return new Basis(
                image,
                new TopicTerms() {
                    @Override
                    public int minIsr(String topic) {
                        return min;
                    }

                    @Override
                    public boolean uncleanElection(String topic) {
                        return anybody;
                    }
                },
                rules);
    }

    PartitionImage partition() {
        return image.topic(TOPIC).partitions().get(0);
    }

    BrokerImage broker(int id) {
        return image.broker(id);
    }

    void fence(Integer... ids) {
        apply(new BrokerPlan(basis()).fence(Set.of(ids)));
    }

    /** The broker's next process registers. */
    void register(int id, boolean clean) {
        OptionalLong marker = clean ? OptionalLong.of(broker(id).epoch()) : OptionalLong.empty();
        register(id, marker, List.of(directory(id)));
    }

    void register(int id, OptionalLong marker, List<UUID> directories) {
        BrokerJoin join =
                new BrokerJoin(
                        id,
                        new UUID(id, lives++),
                        directory(id),
                        List.of(),
                        Optional.empty(),
                        marker,
                        directories,
                        Feature.ranges());
        decide(new BrokerPlan(basis()).register(join, image.offset() + 1));
    }

    BeatAnswer beat(int id) {
        return decide(
                new BrokerPlan(basis())
                        .beat(BrokerBeat.serving(id, broker(id).epoch(), image.offset()), true));
    }

    BeatAnswer stop(int id) {
        return decide(
                new BrokerPlan(basis())
                        .beat(BrokerBeat.stopping(id, broker(id).epoch(), image.offset()), true));
    }

    /** The leader wants these in sync, as of now. */
    IsrVerdict wish(Integer... isr) {
        return wish(change(isr));
    }

    IsrVerdict wish(IsrChange change) {
        int leader = partition().leader();
        return decide(new IsrPlan(basis()).alter(leader, broker(leader).epoch(), List.of(change)))
                .get(0);
    }

    IsrChange change(Integer... isr) {
        List<IsrChange.Member> members = new ArrayList<>();
        for (int id : isr) {
            members.add(new IsrChange.Member(id, broker(id).epoch()));
        }
        return new IsrChange(
                TOPIC, 0, partition().leaderEpoch(), partition().partitionEpoch(), members);
    }

    AdminResult<ReassignmentWish> reassign(Integer... replicas) {
        return decide(
                        new ReassignmentPlan(basis())
                                .alter(
                                        List.of(
                                                new ReassignmentWish(
                                                        "t", 0, Optional.of(List.of(replicas)))),
                                        true))
                .get(0);
    }
}
