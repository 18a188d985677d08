package io.millrace.simulation.model.replication;

import io.millrace.broker.replication.Digest;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One state of the model. Whoever makes a step copies it, and of the brokers those that change. */
final class ModelCluster {
    static final UUID TOPIC = new UUID(0, 1);
    private static final int NOTHING = -1;

    /** All images that the log has led to; the last is what the controller knows. */
    List<MetadataImage> images;

    final ModelBroker[] brokers;
    List<Message> messages = List.of();
    int records;
    int crashes;
    int falseAlarms;
    int lostAnswers;

    /** What somebody could read at each offset: epoch and value. */
    int[] shownEpochs = {};

    int[] shownValues = {};

    /** How many of the shown offsets were acknowledged to their producers. */
    int acknowledged;

    /** What went wrong on the way here. */
    @Nullable String wrong;

    ModelCluster(List<MetadataImage> images, ModelBroker[] brokers) {
        this.images = images;
        this.brokers = brokers;
    }

    ModelCluster copy() {
        ModelCluster copy = new ModelCluster(images, brokers.clone());
        copy.messages = messages;
        copy.records = records;
        copy.crashes = crashes;
        copy.falseAlarms = falseAlarms;
        copy.lostAnswers = lostAnswers;
        copy.shownEpochs = shownEpochs;
        copy.shownValues = shownValues;
        copy.acknowledged = acknowledged;
        copy.wrong = wrong;
        return copy;
    }

    /** The broker, to be changed. */
    ModelBroker change(int id) {
        brokers[id] = brokers[id].copy();
        return brokers[id];
    }

    MetadataImage committed() {
        return images.get(images.size() - 1);
    }

    PartitionImage partition() {
        return partitionIn(committed());
    }

    static PartitionImage partitionIn(MetadataImage image) {
        return Objects.requireNonNull(
                Objects.requireNonNull(image.topic(TOPIC)).partition(0), "partition");
    }

    void send(Message message) {
        List<Message> more = new ArrayList<>(messages);
        more.add(message);
        messages = more;
    }

    void take(Message message) {
        List<Message> fewer = new ArrayList<>(messages);
        fewer.remove(message);
        messages = fewer;
    }

    /** The controller's records take effect together. */
    void commit(List<MetadataRecord> changes) {
        if (changes.isEmpty()) {
            return;
        }
        ImageEditor editor = new ImageEditor(committed());
        changes.forEach(editor::apply);
        List<MetadataImage> more = new ArrayList<>(images);
        more.add(
                editor.finish(new LogPosition(1, committed().offset() + changes.size(), 0))
                        .after());
        images = more;
    }

    /** A reader sees everything below the high watermark of this broker. */
    void show(ModelBroker broker) {
        int upTo = (int) Math.min(broker.replica.highWatermark(), broker.log.end());
        for (int i = 0; i < upTo; i++) {
            int epoch = broker.log.entryEpochs()[i];
            int value = broker.log.values()[i];
            if (i < shownValues.length) {
                if (shownValues[i] != value) {
                    wrong = "offset " + i + " was shown as " + shownValues[i] + ", now as " + value;
                }
                continue;
            }
            shownEpochs = Arrays.copyOf(shownEpochs, i + 1);
            shownValues = Arrays.copyOf(shownValues, i + 1);
            shownEpochs[i] = epoch;
            shownValues[i] = value;
        }
    }

    /** A producer is told that its record is at this offset. */
    void acknowledge(int offset, int value) {
        if (offset < shownValues.length && shownValues[offset] != value) {
            wrong =
                    "record "
                            + value
                            + " was acknowledged at offset "
                            + offset
                            + ", where readers saw "
                            + shownValues[offset];
        }
        acknowledged = Math.max(acknowledged, offset + 1);
    }

    long fingerprint() {
        Digest to = new Digest();
        int oldest = images.size() - 1;
        for (ModelBroker broker : brokers) {
            oldest = Math.min(oldest, broker.applied);
            broker.digest(to);
        }
        for (int i = oldest; i < images.size(); i++) {
            digest(images.get(i), to);
        }
        long sum = 0;
        for (Message message : messages) {
            Digest one = new Digest();
            message.digest(one);
            sum += one.value();
        }
        to.add(sum).add(images.size()).add(records).add(crashes).add(falseAlarms).add(lostAnswers);
        to.add(acknowledged).add(wrong == null ? 0 : 1);
        for (int i = 0; i < shownValues.length; i++) {
            to.add(shownEpochs[i]).add(shownValues[i]);
        }
        return to.value();
    }

    private static void digest(MetadataImage image, Digest to) {
        to.add(image.offset());
        for (BrokerImage broker : image.brokers().values()) {
            to.add(broker.epoch()).add(broker.fenced() ? 1 : 0);
        }
        PartitionImage partition = partitionIn(image);
        to.add(partition.leader()).add(partition.leaderEpoch()).add(partition.partitionEpoch());
        partition.isr().forEach(to::add);
        to.add(NOTHING);
        partition.elr().forEach(to::add);
        to.add(NOTHING);
        partition.lastKnownElr().forEach(to::add);
    }

    @Override
    public String toString() {
        PartitionImage now = partition();
        return "leader "
                + now.leader()
                + " epoch "
                + now.leaderEpoch()
                + "/"
                + now.partitionEpoch()
                + " isr "
                + now.isr()
                + " elr "
                + now.elr()
                + "; "
                + Arrays.toString(brokers)
                + "; "
                + messages;
    }
}
