package io.millrace.simulation.history;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The metadata log and the brokers' images of it: M1 to M8. */
final class MetadataCheck {
    private final Findings findings;

    MetadataCheck(Findings findings) {
        this.findings = findings;
    }

    void run(History history) {
        images(history.notes(Probe.Image.class));
        log(history.notes(Probe.MetadataRecord.class));
        leaders(history.notes(Probe.Leadership.class));
        acted(history.notes(Probe.Acted.class));
        visible(history);
    }

    private void images(List<Event> notes) {
        Map<Long, Event> byOffset = new HashMap<>();
        Map<Integer, Event> latest = new HashMap<>();
        for (Event note : notes) {
            Probe.Image image = (Probe.Image) note.body();
            String subject = "broker " + image.broker();
            Event same = byOffset.putIfAbsent(image.offset(), note);
            if (same != null && ((Probe.Image) same.body()).hash() != image.hash()) {
                report(Invariant.M1, subject, image.offset(), "images differ", same, note);
            }
            Event before = latest.put(image.broker(), note);
            if (before != null) {
                Probe.Image was = (Probe.Image) before.body();
                if (image.offset() < was.offset()
                        || image.controllerEpoch() < was.controllerEpoch()) {
                    report(Invariant.M2, subject, image.offset(), "goes back", before, note);
                }
            }
        }
    }

    private void log(List<Event> notes) {
        NavigableMap<Long, Event> log = new TreeMap<>();
        for (Event note : notes) {
            log.putIfAbsent(((Probe.MetadataRecord) note.body()).offset(), note);
        }
        Event before = null;
        for (Event note : log.values()) {
            Probe.MetadataRecord is = (Probe.MetadataRecord) note.body();
            if (before != null) {
                Probe.MetadataRecord was = (Probe.MetadataRecord) before.body();
                if (is.offset() != was.offset() + 1) {
                    report(Invariant.M1, "log", is.offset(), "a gap before it", before, note);
                }
                if (is.controllerEpoch() < was.controllerEpoch()) {
                    report(Invariant.M3, "log", is.offset(), "the epoch falls", before, note);
                }
            }
            before = note;
        }
    }

    private void leaders(List<Event> notes) {
        Map<String, NavigableMap<Long, Event>> byPartition = new HashMap<>();
        for (Event note : notes) {
            Probe.Leadership one = (Probe.Leadership) note.body();
            byPartition
                    .computeIfAbsent(one.topicId() + " " + one.partition(), p -> new TreeMap<>())
                    .putIfAbsent(one.metadataOffset(), note);
        }
        byPartition.forEach(
                (partition, log) -> {
                    Event before = null;
                    for (Event note : log.values()) {
                        if (before != null) {
                            succession(partition, before, note);
                        }
                        before = note;
                    }
                });
    }

    private void succession(String partition, Event before, Event note) {
        Probe.Leadership was = (Probe.Leadership) before.body();
        Probe.Leadership is = (Probe.Leadership) note.body();
        boolean otherLeader = is.leader() != was.leader() && is.leader() >= 0;
        if (is.leaderEpoch() < was.leaderEpoch()
                || (is.leaderEpoch() == was.leaderEpoch() && otherLeader)) {
            report(
                    Invariant.M4,
                    partition,
                    is.metadataOffset(),
                    "leader epoch " + is.leaderEpoch() + " after " + was.leaderEpoch(),
                    before,
                    note);
        } else if (otherLeader
                && !is.unclean()
                && !was.inSync().contains(is.leader())
                && !was.eligible().contains(is.leader())) {
            report(
                    Invariant.M6,
                    partition,
                    is.metadataOffset(),
                    "broker " + is.leader() + " was neither in sync nor eligible",
                    before,
                    note);
        }
    }

    private void acted(List<Event> notes) {
        for (Event note : notes) {
            Probe.Acted acted = (Probe.Acted) note.body();
            if (acted.metadataOffset() < acted.registrationOffset()) {
                report(
                        Invariant.M7,
                        acted.partition(),
                        acted.metadataOffset(),
                        "broker " + acted.broker() + " registered only later",
                        note);
            }
        }
    }

    private void visible(History history) {
        for (Operation<Call.Look, Answer.Seen> look : history.looks()) {
            if (!look.isOk()) {
                continue;
            }
            for (Operation<Call.Change, Answer.Changed> change : history.changes()) {
                String what = change.call().what();
                if (change.isOk()
                        && change.end() < look.begin()
                        && look.call().at().contains(what)
                        && look.result().metadataOffset() >= change.result().metadataOffset()
                        && !look.result().changes().contains(what)) {
                    report(
                            Invariant.M8,
                            what,
                            look.result().metadataOffset(),
                            "broker " + look.call().broker() + " does not show it",
                            change.proof(),
                            look.proof());
                }
            }
        }
    }

    private void report(
            Invariant invariant, String subject, long offset, String what, Event... events) {
        findings.add(invariant, subject, offset, null, what, events);
    }
}
