package io.millrace.system.faults;

import io.millrace.peers.PeerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One server of a cluster, that can be stopped, paused and started again on the same data. */
final class Node {
    private final int id;
    private final Place place;
    private final Path directory;
    private final List<String> command;
    private Map<String, String> environment = Map.of();
    private PeerProcess process;
    private int starts;
    private boolean paused;

    /**
     * @param directory for its output; its data may be elsewhere
     */
    Node(int id, Place place, Path directory, List<String> command) {
        this.id = id;
        this.place = place;
        this.directory = directory;
        this.command = List.copyOf(command);
    }

    int id() {
        return id;
    }

    Place place() {
        return place;
    }

    String name() {
        return place.name();
    }

    /** For starts from now on. */
    void environment(Map<String, String> variables) {
        environment = Map.copyOf(variables);
    }

    void start() {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException(name() + " runs already");
        }
        List<String> whole = new ArrayList<>(place.prefix());
        if (!environment.isEmpty()) {
            whole.add("env");
            environment.forEach((key, value) -> whole.add(key + "=" + value));
        }
        whole.addAll(command);
        paused = false;
        process = PeerProcess.start(whole, log(starts++));
    }

    /** SIGKILL. */
    void kill() {
        process.kill();
        paused = false;
    }

    /** SIGTERM, and SIGKILL if that does not help within {@code patience}. */
    void stop(Duration patience) {
        resume();
        process.terminate(patience);
    }

    void pause() {
        Shell.run("kill -STOP " + process.pid());
        paused = true;
    }

    void resume() {
        if (paused && process.isAlive()) {
            Shell.run("kill -CONT " + process.pid());
        }
        paused = false;
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    boolean isPaused() {
        return paused;
    }

    long pid() {
        return process.pid();
    }

    /** Output of its last start. */
    String output() {
        return process == null ? "" : process.output();
    }

    Path log(int start) {
        return directory.resolve(name() + "-" + start + ".out");
    }

    int starts() {
        return starts;
    }
}
