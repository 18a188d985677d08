package io.millrace.system.foreign.streams;

import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * A bank in Kafka Streams, exactly once. Each partition of {@link #TRANSFERS} is a branch with
 * accounts of its own; a transfer {@code number from to amount} moves money inside its branch when
 * there is enough. Both new balances go to the same partition of {@link #BALANCES}, so whoever
 * reads committed records up to the last stable offset sees the money of a branch unchanged. The
 * transfers that were made are also counted by amount, over a repartition topic, into {@link
 * #AMOUNTS}; transfers that come twice or are missing are told in {@link #VIOLATIONS}.
 *
 * <p>Arguments: {@code host:port}, state directory, {@code classic} or {@code streams}.
 */
public final class BankTransfers {
    public static final String TRANSFERS = "transfers";
    public static final String BALANCES = "balances";
    public static final String AMOUNTS = "amounts";
    public static final String VIOLATIONS = "violations";

    /** What every account holds at first. */
    public static final long OPENING_BALANCE = 1000;

    private static final String LEDGER = "ledger";

    private BankTransfers() {}

    public static void main(String[] arguments) throws InterruptedException {
        Properties config = new Properties();
        config.put("application.id", "bank");
        config.put("bootstrap.servers", arguments[0]);
        config.put("state.dir", arguments[1]);
        config.put("group.protocol", arguments[2]);
        config.put("processing.guarantee", "exactly_once_v2");
        config.put("num.stream.threads", "2");
        config.put("replication.factor", "1");
        config.put("commit.interval.ms", "200");
        config.put("statestore.cache.max.bytes", "0");
        config.put("reconnect.backoff.max.ms", "200");
        config.put("producer.transaction.timeout.ms", "10000");
        if (arguments[2].equals("classic")) {
            config.put("session.timeout.ms", "10000");
        }
        try (KafkaStreams streams = new KafkaStreams(topology(), config)) {
            CountDownLatch stop = new CountDownLatch(1);
            streams.setStateListener(
                    (now, before) -> {
                        System.out.println("state " + before + " -> " + now);
                        if (now == KafkaStreams.State.ERROR) {
                            stop.countDown();
                        }
                    });
            Runtime.getRuntime().addShutdownHook(new Thread(stop::countDown));
            streams.start();
            stop.await();
            streams.close(Duration.ofSeconds(10));
        }
    }

    static Topology topology() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(
                Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(LEDGER), Serdes.String(), Serdes.Long()));
        KStream<String, String> outcomes =
                builder.stream(TRANSFERS, Consumed.with(Serdes.String(), Serdes.String()))
                        .process(Teller::new, LEDGER);
        outcomes.filter((key, value) -> key.startsWith("balance "))
                .to(
                        BALANCES,
                        Produced.with(
                                Serdes.String(),
                                Serdes.String(),
                                (topic, key, value, partitions) ->
                                        Optional.of(Set.of(branch(key)))));
        outcomes.filter((key, value) -> key.startsWith("violation"))
                .to(VIOLATIONS, Produced.with(Serdes.String(), Serdes.String()));
        outcomes.filter((key, value) -> key.startsWith("made"))
                .map((key, value) -> KeyValue.pair(value, value))
                .groupByKey(Grouped.with("by-amount", Serdes.String(), Serdes.String()))
                .count()
                .toStream()
                .mapValues(String::valueOf)
                .to(AMOUNTS, Produced.with(Serdes.String(), Serdes.String()));
        return builder.build();
    }

    /** The key of a balance is {@code balance branch account}. */
    private static int branch(String key) {
        return Integer.parseInt(key.split(" ")[1]);
    }

    /** Keeps one branch: balances by account, and the number of the last transfer. */
    private static final class Teller implements Processor<String, String, String, String> {
        private ProcessorContext<String, String> context;
        private KeyValueStore<String, Long> ledger;

        @Override
        public void init(ProcessorContext<String, String> context) {
            this.context = context;
            this.ledger = context.getStateStore(LEDGER);
        }

        @Override
        public void process(Record<String, String> transfer) {
            int branch = context.taskId().partition();
            String[] words = transfer.value().split(" ");
            long number = Long.parseLong(words[0]);
            Long last = ledger.get("last");
            if (number != (last == null ? 0 : last + 1)) {
                tell(transfer, "violation", branch + ": " + number + " after " + last);
            }
            ledger.put("last", number);
            long amount = Long.parseLong(words[3]);
            long from = balance(words[1]);
            if (from < amount) {
                return;
            }
            ledger.put(words[1], from - amount);
            ledger.put(words[2], balance(words[2]) + amount);
            tell(transfer, "balance " + branch + " " + words[1], "" + balance(words[1]));
            tell(transfer, "balance " + branch + " " + words[2], "" + balance(words[2]));
            tell(transfer, "made", words[3]);
        }

        private void tell(Record<String, String> transfer, String key, String value) {
            context.forward(transfer.withKey(key).withValue(value));
        }

        private long balance(String account) {
            Long balance = ledger.get(account);
            return balance == null ? OPENING_BALANCE : balance;
        }
    }
}
