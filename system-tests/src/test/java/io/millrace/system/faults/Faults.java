package io.millrace.system.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The faults that this machine and this cluster allow; each draw aims at something else. */
final class Faults {
    private final Cluster cluster;
    private final ClusterState state;
    private final SplittableRandom random;
    private final List<Supplier<Fault>> kinds = new ArrayList<>();

    /** What the workload uses, so that faults hit it. */
    private String topic = "";

    private String group = "";

    Faults(Cluster cluster, ClusterState state, SplittableRandom random) {
        this.cluster = cluster;
        this.state = state;
        this.random = random;
        processes();
        if (cluster.network().canCut()) {
            cuts();
        }
        if (!cluster.ensemble().isEmpty()) {
            ensemble();
        }
        if (cluster.disks().get(0).isLoop()) {
            kinds.add(this::diskFull);
        }
        cluster.preloads().ifPresent(this::preloaded);
        kinds.add(this::damage);
        kinds.add(this::move);
    }

    void aimAt(String newTopic, String newGroup) {
        topic = newTopic;
        group = newGroup;
    }

    /** Kinds, for going through all of them. */
    int count() {
        return kinds.size();
    }

    Fault draw(int kind) {
        return kinds.get(kind % kinds.size()).get();
    }

    Fault draw() {
        return draw(random.nextInt(kinds.size()));
    }

    private void processes() {
        kinds.add(() -> kill("leader", leader()));
        kinds.add(() -> kill("follower", follower()));
        kinds.add(() -> kill("controller", pick(state.controller())));
        kinds.add(() -> kill("coordinator", pick(state.coordinator(group))));
        kinds.add(
                () ->
                        Fault.of(
                                "kill all brokers",
                                () -> cluster.brokers().forEach(Faults::killIfAlive),
                                () -> cluster.brokers().forEach(Faults::startIfDead)));
        kinds.add(() -> pause("leader", leader()));
        kinds.add(() -> pause("follower", follower()));
        kinds.add(() -> pause("controller", pick(state.controller())));
        kinds.add(() -> stop(leader()));
        kinds.add(this::rollingRestart);
    }

    private void cuts() {
        kinds.add(
                () -> {
                    Node one = leader();
                    return cut("leader " + one.id() + " from everybody", () -> isolate(one, true));
                });
        kinds.add(
                () -> {
                    Node one = leader();
                    return cut(
                            "leader " + one.id() + " from brokers and ZooKeeper, not clients",
                            () -> isolate(one, false));
                });
        kinds.add(
                () -> {
                    Node one = leader();
                    return cut(
                            "clients from leader " + one.id(),
                            () ->
                                    cluster.network()
                                            .separate(cluster.network().clients(), one.place()));
                });
        kinds.add(
                () -> {
                    Node one = any();
                    Node other = otherThan(one);
                    return cut(
                            "brokers " + one.id() + " and " + other.id(),
                            () -> cluster.network().separate(one.place(), other.place()));
                });
        kinds.add(
                () -> {
                    Node one = any();
                    Node other = otherThan(one);
                    return cut(
                            "one way, broker " + one.id() + " to " + other.id(),
                            () -> cluster.network().cut(one.place(), other.place()));
                });
        kinds.add(
                () -> {
                    Node one = leader();
                    return cut(
                            "one way, all to leader " + one.id(),
                            () ->
                                    others(one)
                                            .forEach(
                                                    other ->
                                                            cluster.network()
                                                                    .cut(
                                                                            other.place(),
                                                                            one.place())));
                });
        kinds.add(
                () ->
                        cut(
                                "ring, each broker hears only the one before",
                                () -> {
                                    List<Node> all = cluster.brokers();
                                    for (int i = 0; i < all.size(); i++) {
                                        Place to =
                                                all.get((i + all.size() - 1) % all.size()).place();
                                        cluster.network().cut(all.get(i).place(), to);
                                    }
                                }));
        kinds.add(
                () ->
                        cut(
                                "every broker from every other",
                                () ->
                                        cluster.brokers()
                                                .forEach(
                                                        one ->
                                                                others(one)
                                                                        .forEach(
                                                                                other ->
                                                                                        cutOff(
                                                                                                one,
                                                                                                other)))));
    }

    private void cutOff(Node one, Node other) {
        cluster.network().cut(one.place(), other.place());
    }

    private void ensemble() {
        kinds.add(() -> server("kill", Node::kill));
        kinds.add(
                () -> {
                    Node server = cluster.ensemble().get(random.nextInt(3));
                    return Fault.of("pause " + server.name(), server::pause, server::resume);
                });
        kinds.add(
                () ->
                        Fault.of(
                                "kill all ZooKeeper servers",
                                () -> cluster.ensemble().forEach(Faults::killIfAlive),
                                () -> cluster.ensemble().forEach(Faults::startIfDead)));
        if (cluster.network().canCut()) {
            kinds.add(
                    () -> {
                        Node one = leader();
                        return cut(
                                "leader " + one.id() + " from ZooKeeper",
                                () ->
                                        cluster.ensemble()
                                                .forEach(
                                                        server ->
                                                                cluster.network()
                                                                        .separate(
                                                                                one.place(),
                                                                                server.place())));
                    });
            kinds.add(
                    () ->
                            cut(
                                    "all brokers from ZooKeeper",
                                    () -> cluster.brokers().forEach(this::fromEnsemble)));
        }
    }

    private void fromEnsemble(Node broker) {
        cluster.ensemble()
                .forEach(server -> cluster.network().separate(broker.place(), server.place()));
    }

    private Fault server(String what, Consumer<Node> how) {
        Node server = cluster.ensemble().get(random.nextInt(3));
        return Fault.of(
                what + " " + server.name(),
                () -> {
                    if (server.isAlive()) {
                        how.accept(server);
                    }
                },
                () -> startIfDead(server));
    }

    private Fault kill(String role, Node node) {
        return Fault.of(
                "kill " + role + " " + node.id(), () -> killIfAlive(node), () -> startIfDead(node));
    }

    private Fault stop(Node node) {
        return Fault.of(
                "stop leader " + node.id(),
                () -> {
                    if (node.isAlive()) {
                        Cluster.stopCleanly(node);
                    }
                },
                () -> startIfDead(node));
    }

    private Fault pause(String role, Node node) {
        return Fault.of(
                "pause " + role + " " + node.id(),
                () -> {
                    if (node.isAlive()) {
                        node.pause();
                    }
                },
                node::resume);
    }

    private Fault rollingRestart() {
        return Fault.of(
                "rolling restart",
                () -> {
                    for (Node node : cluster.brokers()) {
                        if (node.isAlive()) {
                            Cluster.stopCleanly(node);
                        }
                        node.start();
                        Pause.millis(3_000);
                    }
                },
                () -> {});
    }

    private Fault cut(String what, Runnable how) {
        return Fault.of("cut " + what, how, () -> cluster.network().heal());
    }

    private void isolate(Node one, boolean clients) {
        others(one).forEach(other -> cluster.network().separate(one.place(), other.place()));
        fromEnsemble(one);
        if (clients) {
            cluster.network().separate(cluster.network().clients(), one.place());
        }
    }

    private void preloaded(Preloads preloads) {
        if (preloads.shim(any()).isPresent()) {
            kinds.add(() -> slow(preloads));
            kinds.add(() -> failing("syncs", preloads, DiskShim::failSyncs));
            kinds.add(() -> failing("writes", preloads, DiskShim::failWrites));
        }
        if (preloads.clock(any()).isPresent()) {
            kinds.add(() -> jump(preloads, 7_200));
            kinds.add(() -> jump(preloads, -259_200));
        }
    }

    private Fault slow(Preloads preloads) {
        Node node = any();
        DiskShim shim = preloads.shim(node).orElseThrow();
        int millis = random.nextInt(20, 400);
        return Fault.of(
                "syncs of broker " + node.id() + " take " + millis + " ms",
                () -> shim.slowSyncs(millis),
                shim::heal);
    }

    private Fault failing(String what, Preloads preloads, Consumer<DiskShim> how) {
        Node node = any();
        DiskShim shim = preloads.shim(node).orElseThrow();
        return Fault.of(
                what + " of broker " + node.id() + " fail",
                () -> how.accept(shim),
                () -> {
                    shim.heal();
                    node.resume();
                    killIfAlive(node); // an operator replaces the disk; the data are still there
                    node.start();
                });
    }

    private Fault jump(Preloads preloads, long seconds) {
        Node node = any();
        FakeClock clock = preloads.clock(node).orElseThrow();
        return Fault.of(
                "clock of broker " + node.id() + " jumps " + seconds + " s",
                () -> clock.jump(seconds),
                () -> clock.jump(0));
    }

    private Fault diskFull() {
        Node node = any();
        return Fault.of(
                "disk of broker " + node.id() + " full",
                () -> cluster.disk(node).fill(),
                () -> {
                    cluster.disk(node).unfill();
                    startIfDead(node);
                });
    }

    /** A broker dies, and what it had written last is damaged. */
    private Fault damage() {
        Node node = any();
        return Fault.of(
                "damage the logs of broker " + node.id(),
                () -> {
                    killIfAlive(node);
                    new LogDamage(cluster.disk(node).directory(), random.split()).damageOne(topic);
                },
                () -> startIfDead(node));
    }

    private Fault move() {
        String moved = topic;
        return Fault.of("move replicas of " + moved, () -> state.turnReplicas(moved), () -> {});
    }

    private static void killIfAlive(Node node) {
        if (node.isAlive()) {
            node.kill();
        }
    }

    private static void startIfDead(Node node) {
        node.resume();
        if (!node.isAlive()) {
            node.start();
        }
    }

    private Node leader() {
        return pick(state.leader(topic, random.nextInt(2)));
    }

    private Node follower() {
        return otherThan(leader());
    }

    private Node pick(Optional<Integer> id) {
        return id.map(cluster::broker).orElseGet(this::any);
    }

    private Node any() {
        return cluster.brokers().get(random.nextInt(Cluster.BROKERS));
    }

    private Node otherThan(Node node) {
        List<Node> others = others(node);
        return others.get(random.nextInt(others.size()));
    }

    private List<Node> others(Node node) {
        return cluster.brokers().stream().filter(other -> other != node).toList();
    }
}
