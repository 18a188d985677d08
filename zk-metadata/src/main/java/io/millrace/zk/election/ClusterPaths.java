package io.millrace.zk.election;

import io.millrace.metadata.record.LogPosition;
import io.millrace.zk.session.ZnodeWrite;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Where a cluster's znodes are. Sequence numbers are ours, never ZooKeeper's 32-bit counter. */
public record ClusterPaths(String root) {
    private static final int FORMAT = 1;

    /** The znodes of the cluster with this name. */
    public static ClusterPaths of(String cluster) {
        if (!cluster.matches("[A-Za-z0-9._-]{1,100}") || cluster.startsWith(".")) {
            throw new IllegalArgumentException("cluster name '" + cluster + "' is no znode name");
        }
        return new ClusterPaths("/millrace/" + cluster);
    }

    public String cluster() {
        return root + "/cluster";
    }

    public String controller() {
        return root + "/controller";
    }

    public String controllerEpoch() {
        return root + "/controller_epoch";
    }

    public String head() {
        return root + "/head";
    }

    public String log() {
        return root + "/log";
    }

    public String logBatch(long baseOffset) {
        return log() + "/" + String.format("%020d", baseOffset);
    }

    public String snapshots() {
        return root + "/snapshot";
    }

    public String currentSnapshot() {
        return snapshots() + "/current";
    }

    public String snapshot(LogPosition position) {
        return snapshots()
                + "/"
                + String.format("%020d", position.lastOffset())
                + "-"
                + position.epoch();
    }

    public String snapshotChunk(LogPosition position, int index) {
        return snapshot(position) + "/" + String.format("%04d", index);
    }

    public String brokers() {
        return root + "/brokers";
    }

    public String broker(int id) {
        return brokers() + "/" + id;
    }

    /** Everything a new cluster starts with, in one commit: it exists completely or not at all. */
    public List<ZnodeWrite> foundation(String clusterId) {
        List<ZnodeWrite> writes = new ArrayList<>();
        byte[] identity = (FORMAT + "\n" + clusterId).getBytes(StandardCharsets.UTF_8);
        writes.add(create(root, new byte[0]));
        writes.add(create(cluster(), identity));
        writes.add(create(controllerEpoch(), new byte[0]));
        writes.add(create(head(), HeadNode.START.encode()));
        writes.add(create(log(), new byte[0]));
        writes.add(create(snapshots(), new byte[0]));
        writes.add(create(brokers(), new byte[0]));
        return writes;
    }

    /** The cluster id out of the cluster's znode. */
    public static String clusterId(byte[] bytes) {
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
        if (lines.length < 2 || !lines[0].equals(Integer.toString(FORMAT))) {
            throw new IllegalStateException(
                    "cluster znode has format '" + lines[0] + "', this broker knows " + FORMAT);
        }
        return lines[1];
    }

    private static ZnodeWrite create(String path, byte[] bytes) {
        return new ZnodeWrite.Create(path, bytes, false);
    }
}
