package io.millrace.system.foreign;

import io.millrace.system.foreign.streams.BankTransfers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes numbered transfers to every branch, and keeps the books that the job should keep. */
final class BankLoad implements AutoCloseable {
    static final int BRANCHES = 4;
    static final long BRANCH_TOTAL = BankTransfers.OPENING_BALANCE * 10;
    private static final int ACCOUNTS = 10;
    private static final int UNACKNOWLEDGED = 50;

    private final KafkaProducer<String, String> producer;
    private final Random random = new Random(1);
    private final long[] next = new long[BRANCHES];
    private final List<Map<String, Long>> branches = new ArrayList<>();
    private final Map<String, Long> amounts = new HashMap<>();
    private final Semaphore room = new Semaphore(UNACKNOWLEDGED);
    private final ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread thread = new Thread(this::run, "transfers");

    BankLoad(String bootstrap) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("delivery.timeout.ms", "600000");
        config.put("request.timeout.ms", "10000");
        config.put("reconnect.backoff.max.ms", "200");
        producer = new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
        for (int branch = 0; branch < BRANCHES; branch++) {
            Map<String, Long> accounts = new HashMap<>();
            for (int account = 0; account < ACCOUNTS; account++) {
                accounts.put("a" + account, BankTransfers.OPENING_BALANCE);
            }
            branches.add(accounts);
        }
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!stop.get()) {
            for (int branch = 0; branch < BRANCHES; branch++) {
                room.acquireUninterruptibly();
                producer.send(
                        new ProducerRecord<>(
                                BankTransfers.TRANSFERS, branch, null, transfer(branch)),
                        (metadata, failure) -> {
                            room.release();
                            if (failure != null) {
                                failures.add(failure);
                            }
                        });
            }
        }
    }

    private String transfer(int branch) {
        int from = random.nextInt(ACCOUNTS);
        int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
        long amount = 1 + random.nextInt(300);
        Map<String, Long> accounts = branches.get(branch);
        if (accounts.get("a" + from) >= amount) {
            accounts.merge("a" + from, -amount, Long::sum);
            accounts.merge("a" + to, amount, Long::sum);
            amounts.merge("" + amount, 1L, Long::sum);
        }
        return next[branch]++ + " a" + from + " a" + to + " " + amount;
    }

    /** Stops writing and waits until everything written is safe. */
    void finish() throws InterruptedException {
        stop.set(true);
        thread.join();
        producer.flush();
    }

    List<Exception> failures() {
        return List.copyOf(failures);
    }

    /** By {@code balance branch account}, as the job names them. */
    Map<String, Long> balances() {
        Map<String, Long> balances = new HashMap<>();
        for (int branch = 0; branch < BRANCHES; branch++) {
            int number = branch;
            branches.get(branch)
                    .forEach(
                            (account, balance) ->
                                    balances.put("balance " + number + " " + account, balance));
        }
        return balances;
    }

    /** How many transfers were made, by amount. */
    Map<String, Long> amounts() {
        return amounts;
    }

    @Override
    public void close() {
        stop.set(true);
        producer.close(java.time.Duration.ofSeconds(5));
    }
}
