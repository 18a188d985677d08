package io.millrace.system.faults;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Each process in a network namespace of its own, joined by a bridge; clients are at the bridge. A
 * cut is a wrong hardware address for the other side: what is sent goes to nobody, in silence, for
 * connections old and new. Needs root and iproute2, nothing else.
 */
final class NamespaceNetwork implements Network {
    private static final String NOBODY = "02:00:00:0e:0e:0e";
    private static final int FIRST_HOST = 10;

    private final String name = "mrf" + ProcessHandle.current().pid() % 100_000;
    private final String subnet = "10.211." + ProcessHandle.current().pid() % 250 + ".";
    private final Map<String, String> namespaces = new LinkedHashMap<>();
    private final Set<String> cuts = new LinkedHashSet<>();
    private final Thread hook = new Thread(this::remove);

    NamespaceNetwork() {
        remove();
        Shell.run("ip link add " + name + " type bridge forward_delay 0");
        Shell.run("ip addr add " + subnet + "1/24 dev " + name);
        Shell.run("ip link set " + name + " up");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    static boolean isPossible() {
        String probe = "mrfprobe" + ProcessHandle.current().pid();
        if (!Shell.works("ip netns add " + probe)) {
            return false;
        }
        boolean executes = Shell.works("ip netns exec " + probe + " true");
        Shell.works("ip netns del " + probe);
        return executes;
    }

    @Override
    public Place place(String node) {
        int number = namespaces.size();
        String namespace = name + "-" + node;
        String outside = name + "v" + number;
        String address = subnet + (FIRST_HOST + number);
        Shell.run("ip netns add " + namespace);
        namespaces.put(node, namespace);
        Shell.run("ip link add " + outside + " type veth peer name eth0 netns " + namespace);
        Shell.run("ip link set " + outside + " master " + name + " up");
        Shell.run("ip -n " + namespace + " addr add " + address + "/24 dev eth0");
        Shell.run("ip -n " + namespace + " link set eth0 up");
        Shell.run("ip -n " + namespace + " link set lo up");
        return new Place(node, address, List.of("ip", "netns", "exec", namespace));
    }

    @Override
    public Place clients() {
        return new Place("clients", subnet + "1", List.of());
    }

    @Override
    public int port(Place place, int preferred) {
        return preferred;
    }

    @Override
    public boolean canCut() {
        return true;
    }

    @Override
    public void cut(Place from, Place to) {
        String side = side(from) + " neigh replace " + to.address();
        if (cuts.add(side(from) + " neigh del " + to.address() + device(from))) {
            Shell.run(side + " lladdr " + NOBODY + " nud permanent" + device(from));
        }
    }

    @Override
    public void heal() {
        for (String undo : List.copyOf(cuts)) {
            Shell.run(undo);
            cuts.remove(undo);
        }
    }

    private String side(Place place) {
        return place.prefix().isEmpty() ? "ip" : "ip -n " + namespaces.get(place.name());
    }

    private String device(Place place) {
        return " dev " + (place.prefix().isEmpty() ? name : "eth0");
    }

    @Override
    public void close() {
        remove();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private void remove() {
        List<String> all = new ArrayList<>(namespaces.values());
        all.forEach(namespace -> Shell.works("ip netns del " + namespace));
        Shell.works("ip link del " + name);
        namespaces.clear();
        cuts.clear();
    }
}
