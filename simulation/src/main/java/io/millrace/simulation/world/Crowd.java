package io.millrace.simulation.world;

import io.millrace.base.time.RandomSource;
import io.millrace.simulation.history.Isolation;
import io.millrace.simulation.world.client.ClientGround;
import io.millrace.simulation.world.client.GroupMember;
import io.millrace.simulation.world.client.IdempotentProducer;
import io.millrace.simulation.world.client.Operator;
import io.millrace.simulation.world.client.PartitionReader;
import io.millrace.simulation.world.client.SimulatedClient;
import io.millrace.simulation.world.client.TransactionalProducer;
import io.millrace.simulation.world.net.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The clients of a world: how many of which kind, and how busy, is drawn from its seed. */
final class Crowd {
    static final String TOPIC = "data";

    private final World world;
    private final RandomSource random;
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final List<PartitionReader> readers = new ArrayList<>();
    private final List<Host> hosts = new ArrayList<>();
    private final Operator operator;

    Crowd(World world) {
        this.world = world;
        this.random = world.nextRandom();
        int partitions = world.config().partitions();
        int pauseMs = 500 + random.nextInt(3_000);
        this.operator =
                new Operator(
                        ground("operator"),
                        new Operator.Terms(
                                TOPIC,
                                partitions,
                                world.config().replication(),
                                Map.of(
                                        "flush.on.ack",
                                        Boolean.toString(world.config().flushOnAck()),
                                        "min.insync.replicas",
                                        world.config().replication() > 1 ? "2" : "1"),
                                5 * pauseMs));
        clients.add(operator);
        int producers = 1 + random.nextInt(2);
        for (int i = 0; i < producers; i++) {
            clients.add(
                    new IdempotentProducer(
                            ground("p" + i),
                            new IdempotentProducer.Terms(
                                    TOPIC,
                                    partitions,
                                    pauseMs,
                                    1 + random.nextInt(5),
                                    1 + random.nextInt(4))));
        }
        int transactional = random.nextInt(3);
        for (int i = 0; i < transactional; i++) {
            clients.add(
                    new TransactionalProducer(
                            ground("t" + i),
                            new TransactionalProducer.Terms(
                                    TOPIC, partitions, pauseMs, 20_000, 200, 50)));
        }
        int members = random.nextInt(4);
        for (int i = 0; i < members; i++) {
            clients.add(
                    new GroupMember(
                            ground("g" + i),
                            new GroupMember.Terms(
                                    "group", TOPIC, partitions, 2 * pauseMs, 10_000)));
        }
        for (int partition = 0; partition < partitions; partition++) {
            addReader(partition, Isolation.READ_COMMITTED, pauseMs);
            addReader(partition, Isolation.READ_UNCOMMITTED, pauseMs);
        }
    }

    private void addReader(int partition, Isolation isolation, int pauseMs) {
        PartitionReader reader =
                new PartitionReader(
                        ground((isolation == Isolation.READ_COMMITTED ? "rc" : "ru") + partition),
                        new PartitionReader.Terms(TOPIC, partition, isolation, 3 * pauseMs, 2));
        readers.add(reader);
        clients.add(reader);
    }

    private ClientGround ground(String name) {
        hosts.add(world.network().host(name));
        return new ClientGround(
                name,
                world.network(),
                world.clientProcess(name).loop("main"),
                world.history(),
                RandomSource.seeded(random.nextLong()),
                world.machines().stream().map(Machine::id).toList(),
                id -> world.machine(id).host(),
                world.truth());
    }

    List<Host> hosts() {
        return List.copyOf(hosts);
    }

    /** First the topic. */
    void makeTopics() {
        operator.start();
    }

    boolean hasTopics() {
        return operator.isReady();
    }

    void start() {
        clients.stream().filter(client -> client != operator).forEach(SimulatedClient::start);
    }

    void resume() {
        clients.forEach(SimulatedClient::start);
    }

    void stop() {
        clients.forEach(SimulatedClient::stop);
    }

    boolean isIdle() {
        return clients.stream().allMatch(SimulatedClient::isIdle);
    }

    void readAllOnceMore() {
        readers.forEach(PartitionReader::readAllOnceMore);
    }

    boolean hasReadAll() {
        return readers.stream().allMatch(PartitionReader::hasReadAll);
    }

    /** Those that are not done, for the report. */
    List<String> unfinished() {
        List<String> names = new ArrayList<>();
        for (SimulatedClient client : clients) {
            if (!client.isIdle()
                    || client instanceof PartitionReader reader && !reader.hasReadAll()) {
                names.add(client.toString());
            }
        }
        return names;
    }
}
