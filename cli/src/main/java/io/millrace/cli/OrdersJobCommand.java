package io.millrace.cli;

import io.millrace.examples.orders.OrdersJob;
import io.millrace.streams.MillraceStreams;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace orders-job}: the stream job of the quickstart as a process of its own. */
@Command(
        name = "orders-job",
        description = "Run the stream job of the orders story.",
        mixinStandardHelpOptions = true)
final class OrdersJobCommand implements Callable<Integer> {
    @Option(
            names = {"-b", "--bootstrap"},
            paramLabel = "HOST:PORT",
            defaultValue = "${MILLRACE_BOOTSTRAP:-" + ClusterOptions.DEFAULT_BOOTSTRAP + "}",
            description = "A broker of the cluster.")
    String bootstrap = ClusterOptions.DEFAULT_BOOTSTRAP;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            required = true,
            description = "Directory of the job's state.")
    Path state = Path.of(".");

    @Override
    public Integer call() throws Exception {
        Properties config = new Properties();
        config.put("application.id", "orders-report");
        config.put("bootstrap.servers", bootstrap);
        config.put("state.dir", state.toString());
        config.put("num.stream.threads", "2");
        // A killed process is missed soon, so that its tasks go on elsewhere.
        config.put("consumer.session.timeout.ms", "6000");
        config.put("consumer.heartbeat.interval.ms", "2000");
        // A customer's row may take longer through its partition than the order that names it.
        config.put("max.task.idle.ms", "200");
        MillraceStreams job = new MillraceStreams(OrdersJob.topology(), config);
        job.setStateListener(
                (now, before) -> {
                    if (now == MillraceStreams.State.ERROR) {
                        Runtime.getRuntime().halt(1);
                    }
                });
        job.start();
        System.out.println("millrace orders-job: started");
        Shutdown.awaitThenClose("the job", job);
        return 0;
    }
}
