package io.millrace.system;

import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.PeerProcess;
import io.millrace.peers.Scratch;
import java.nio.file.Path;

/** Apache Kafka in the place of our broker. */
public record ApacheUnderTest(ApacheKafkaBroker broker) implements BrokerUnderTest {

    @Override
    public String bootstrap() {
        return broker.bootstrap();
    }

    @Override
    public int port() {
        return broker.port();
    }

    @Override
    public PeerProcess process() {
        return broker.process();
    }

    @Override
    public Path logDirectory() {
        return broker.directory().resolve("data");
    }

    @Override
    public void kill() {
        broker.kill();
    }

    @Override
    public void restart() {
        broker.restart();
    }

    @Override
    public void close() {
        broker.close();
        Scratch.delete(broker.directory());
    }
}
