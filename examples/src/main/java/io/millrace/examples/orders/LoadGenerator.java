package io.millrace.examples.orders;

import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Customers at work: places, pays, cancels and withdraws orders, and edits customers and products,
 * in real transactions at a steady rate. One thread owns it. What the report relies on: a
 * customer's region never changes, an order's total never changes, a paid order is never withdrawn,
 * and a new customer's first order comes at least {@value #CUSTOMER_SETTLING_MS} ms after the
 * customer.
 */
public final class LoadGenerator implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(LoadGenerator.class);

    /** A payment as late as this misses the job's join window on purpose. */
    static final int LATE_PAYMENT_MINUTES = 20;

    private static final int CUSTOMER_SETTLING_MS = 2_000;
    private static final int OPEN_ORDERS_LIMIT = 500;
    private static final int SLICE_MS = 20;

    private final Jdbi jdbi;
    private final double transactionsPerMs;
    private final RandomGenerator random;
    private final List<Long> customers = new ArrayList<>();
    private final ArrayDeque<NewCustomer> settling = new ArrayDeque<>();
    private final List<OpenOrder> openOrders = new ArrayList<>();
    private final AtomicLong transactions = new AtomicLong();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    private record NewCustomer(long id, long createdNanos) {}

    private record OpenOrder(long id, BigDecimal total) {}

    /**
     * Starts at once.
     *
     * @param transactionsPerSecond aim; a slow database gives less
     * @param random decides what customers do
     */
    public LoadGenerator(Jdbi jdbi, int transactionsPerSecond, RandomGenerator random) {
        this.jdbi = jdbi;
        this.transactionsPerMs = transactionsPerSecond / 1000.0;
        this.random = random;
        this.thread = new Thread(this::run, "shop-load"); // gate: an example owns its thread
        this.thread.setDaemon(true);
        this.thread.start();
    }

    /** Transactions committed so far. From any thread. */
    public long transactions() {
        return transactions.get();
    }

    /** Ends the load after the transaction under way and waits for it. */
    @Override
    public void close() {
        stop.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        customers.addAll(
                jdbi.withHandle(
                        handle ->
                                handle.createQuery("SELECT id FROM customers")
                                        .mapTo(Long.class)
                                        .list()));
        long startNanos = nowNanos();
        long done = 0;
        while (!stopped()) {
            long elapsedMs = (nowNanos() - startNanos) / 1_000_000;
            long due = Math.min((long) (elapsedMs * transactionsPerMs), done + 1000);
            try (Handle handle = jdbi.open()) {
                while (done < due && stop.getCount() > 0) {
                    handle.useTransaction(this::transaction);
                    transactions.incrementAndGet();
                    done++;
                }
            } catch (RuntimeException e) {
                LOGGER.atError()
                        .setCause(e)
                        .log("load stopped: the shop's database refused a transaction");
                return;
            }
        }
    }

    private boolean stopped() {
        try {
            return stop.await(SLICE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void transaction(Handle handle) {
        int choice = random.nextInt(100);
        if (choice < 45 || openOrders.isEmpty()) {
            placeOrder(handle);
        } else if (choice < 80 || openOrders.size() > OPEN_ORDERS_LIMIT) {
            payOrder(handle);
        } else if (choice < 85) {
            handle.execute(
                    "UPDATE orders SET status = 'cancelled' WHERE id = ?", takeOpenOrder().id());
        } else if (choice < 90) {
            handle.execute("DELETE FROM orders WHERE id = ?", takeOpenOrder().id());
        } else if (choice < 93) {
            addCustomer(handle);
        } else if (choice < 97) {
            long customer = customers.get(random.nextInt(customers.size()));
            handle.execute(
                    "UPDATE customers SET email = ? WHERE id = ?",
                    "c" + random.nextInt() + "@example.org",
                    customer);
        } else {
            handle.execute(
                    "UPDATE products SET stock = stock - 1 WHERE id = ?", 1 + random.nextInt(50));
        }
    }

    private void placeOrder(Handle handle) {
        settleCustomers();
        long customer = customers.get(random.nextInt(customers.size()));
        int lines = 1 + random.nextInt(4);
        BigDecimal total = BigDecimal.ZERO;
        List<BigDecimal> prices = new ArrayList<>(lines);
        for (int line = 0; line < lines; line++) {
            BigDecimal price = BigDecimal.valueOf(100 + random.nextInt(20_000), 2);
            prices.add(price);
            total = total.add(price);
        }
        long order =
                handle.createQuery(
                                "INSERT INTO orders (customer_id, status, total) VALUES (?, 'new',"
                                        + " ?) RETURNING id")
                        .bind(0, customer)
                        .bind(1, total)
                        .mapTo(Long.class)
                        .one();
        var items = handle.prepareBatch("INSERT INTO order_items VALUES (?, ?, ?, 1, ?)");
        for (int line = 0; line < lines; line++) {
            items.add(order, line, 1 + random.nextInt(50), prices.get(line));
        }
        items.execute();
        openOrders.add(new OpenOrder(order, total));
    }

    private void payOrder(Handle handle) {
        OpenOrder order = takeOpenOrder();
        boolean late = random.nextInt(100) < 3;
        handle.execute(
                "INSERT INTO payments (order_id, amount, method, paid_at) VALUES (?, ?, ?, now() +"
                        + " ? * interval '1 minute')",
                order.id(),
                order.total(),
                random.nextBoolean() ? "card" : "transfer",
                late ? LATE_PAYMENT_MINUTES : 0);
        handle.execute("UPDATE orders SET status = 'paid' WHERE id = ?", order.id());
    }

    private void addCustomer(Handle handle) {
        String region = ShopDatabase.REGIONS[random.nextInt(ShopDatabase.REGIONS.length)];
        long id =
                handle.createQuery(
                                "INSERT INTO customers (name, email, region) VALUES ('new"
                                        + " customer', 'new@example.org', ?) RETURNING id")
                        .bind(0, region)
                        .mapTo(Long.class)
                        .one();
        settling.add(new NewCustomer(id, nowNanos()));
    }

    private void settleCustomers() {
        long before = nowNanos() - TimeUnit.MILLISECONDS.toNanos(CUSTOMER_SETTLING_MS);
        while (!settling.isEmpty() && settling.peek().createdNanos() - before < 0) {
            customers.add(settling.remove().id());
        }
    }

    private OpenOrder takeOpenOrder() {
        int index = random.nextInt(openOrders.size());
        OpenOrder taken = openOrders.get(index);
        int last = openOrders.size() - 1;
        openOrders.set(index, openOrders.get(last));
        openOrders.remove(last);
        return taken;
    }

    private static long nowNanos() {
        return System.nanoTime(); // gate: the load follows real time
    }
}
