-- The shop: what the load generator writes and the connector captures.
CREATE TABLE customers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL,
    email      text        NOT NULL,
    region     text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE products (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name  text          NOT NULL,
    price numeric(10,2) NOT NULL,
    stock integer       NOT NULL
);
CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint        NOT NULL REFERENCES customers,
    status      text          NOT NULL,
    total       numeric(12,2) NOT NULL,
    created_at  timestamptz   NOT NULL DEFAULT now()
);
CREATE TABLE order_items (
    order_id   bigint        NOT NULL REFERENCES orders ON DELETE CASCADE,
    line       integer       NOT NULL,
    product_id bigint        NOT NULL REFERENCES products,
    quantity   integer       NOT NULL,
    unit_price numeric(10,2) NOT NULL,
    PRIMARY KEY (order_id, line)
);
CREATE TABLE payments (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint        NOT NULL REFERENCES orders,
    amount   numeric(12,2) NOT NULL,
    method   text          NOT NULL,
    paid_at  timestamptz   NOT NULL
);
CREATE INDEX ON payments (order_id);

-- The report: what the JDBC sink writes.
CREATE SCHEMA report;
CREATE TABLE report.paid_orders (
    order_id   bigint PRIMARY KEY,
    payment_id bigint NOT NULL,
    region     text   NOT NULL,
    cents      bigint NOT NULL
);
CREATE TABLE report.revenue_by_window (
    region       text   NOT NULL,
    window_start bigint NOT NULL,
    payments     bigint NOT NULL,
    cents        bigint NOT NULL,
    PRIMARY KEY (region, window_start)
);
CREATE TABLE report.revenue (
    region   text PRIMARY KEY,
    payments bigint NOT NULL,
    cents    bigint NOT NULL
);
CREATE TABLE report.orders_by_status (
    status text PRIMARY KEY,
    orders bigint NOT NULL
);
