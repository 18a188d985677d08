package io.millrace.examples.orders;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jdbi.v3.core.Jdbi;

/** The shop's tables and the report's tables in one PostgreSQL database. */
public final class ShopDatabase {
    static final String[] REGIONS = {"north", "east", "south", "west"};
    private static final int PRODUCTS = 50;
    private static final int FIRST_CUSTOMERS = 200;

    private ShopDatabase() {}

    /**
     * Drops what an earlier run left and creates tables, products and first customers.
     *
     * @throws org.jdbi.v3.core.JdbiException if the database refuses, for example for lack of
     *     rights
     */
    public static void create(Jdbi jdbi) {
        jdbi.useTransaction(
                handle -> {
                    handle.execute("DROP SCHEMA IF EXISTS report CASCADE");
                    handle.execute(
                            "DROP TABLE IF EXISTS payments, order_items, orders, products,"
                                    + " customers CASCADE");
                    handle.createScript(schema()).execute();
                    handle.execute(
                            "INSERT INTO products (name, price, stock) SELECT 'product ' || n, 1 +"
                                    + " (n * 37 % 100) + (n % 4) * 0.25, 1000000 FROM"
                                    + " generate_series(1, ?) n",
                            PRODUCTS);
                    handle.execute(
                            "INSERT INTO customers (name, email, region) SELECT 'customer ' || n,"
                                    + " 'c' || n || '@example.org',"
                                    + " (ARRAY['north','east','south','west'])[1 + n % 4] FROM"
                                    + " generate_series(1, ?) n",
                            FIRST_CUSTOMERS);
                });
    }

    private static String schema() {
        try (InputStream in = ShopDatabase.class.getResourceAsStream("shop.sql")) {
            if (in == null) {
                throw new IllegalStateException("shop.sql is missing from the examples jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read shop.sql", e);
        }
    }
}
