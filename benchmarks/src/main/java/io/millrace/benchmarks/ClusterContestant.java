package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;
import java.util.List;
import java.util.Map;

/** Three brokers under test, each a process of its own. Started fresh for each round. */
interface ClusterContestant extends AutoCloseable {

    /** For the table. */
    String name();

    /** {@code host:port,host:port,host:port}. */
    String bootstrap();

    /** All processes: brokers, and whoever keeps their metadata. */
    List<PeerProcess> processes();

    /** What a topic is told so that every acknowledgement waits for the disks. */
    Map<String, String> flushedTopic();

    /** Ends the processes and deletes the data. */
    @Override
    void close();
}
