package io.millrace.cli;

import io.millrace.zk.embedded.EnsembleServer;
import io.millrace.zk.embedded.EnsembleServer.Member;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code millrace zookeeper}: one server of a ZooKeeper ensemble, from the jars that are here
 * anyway. For a machine where no other ensemble is; {@code cluster dev} starts three.
 */
@Command(
        name = "zookeeper",
        description = "Run one server of a ZooKeeper ensemble.",
        mixinStandardHelpOptions = true)
final class ZooKeeperCommand implements Callable<Integer> {
    @Option(names = "--id", required = true, description = "Which --server this is, from 1.")
    int id;

    @Option(names = "--data", required = true, paramLabel = "DIR", description = "Its files.")
    Path data = Path.of(".");

    @Option(
            names = "--server",
            required = true,
            paramLabel = "HOST:PEER:ELECTION:CLIENT",
            description = "A server of the ensemble and its three ports; once for each, in order.")
    List<String> servers = List.of();

    @Override
    public Integer call() throws Exception {
        List<Member> members = new ArrayList<>();
        for (String server : servers) {
            members.add(Member.parse(members.size() + 1, server));
        }
        EnsembleServer.run(data, id, members);
        return 0;
    }
}
