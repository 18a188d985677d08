package io.millrace.zk.session;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import io.millrace.base.config.Secret;
import java.util.Optional;

/**
 * How to reach the ensemble.
 *
 * @param connect {@code host:port,host:port/chroot}
 * @param sessionTimeoutMs after this long without contact the ensemble declares us dead
 * @param sasl whether the client authenticates by SASL, set up by the JVM's login configuration;
 *     znodes are then readable and writable by their creator only
 * @param digestSecret shared secret of all brokers for ZooKeeper's digest scheme; znodes are then
 *     readable and writable only with it
 */
public record ZooKeeperConfig(
        String connect, int sessionTimeoutMs, boolean sasl, Optional<Secret> digestSecret) {
    public static final ConfigKey<String> CONNECT =
            ConfigKey.ofString("zookeeper.connect")
                    .withDoc("ensemble as host:port,host:port/chroot; absent = embedded server");
    public static final ConfigKey<Integer> SESSION_TIMEOUT_MS =
            ConfigKey.ofInt("zookeeper.session.timeout.ms")
                    .where(ms -> ms >= 1_000 && ms <= 60_000, "between 1000 and 60000")
                    .withDefault("6000")
                    .withDoc("a broker silent for this long is declared dead");
    public static final ConfigKey<Boolean> SASL =
            ConfigKey.ofBoolean("zookeeper.sasl.client")
                    .withDefault("false")
                    .withDoc("authenticate to ZooKeeper by SASL; znodes become creator-only");
    public static final ConfigKey<Secret> DIGEST_SECRET =
            ConfigKey.ofPassword("zookeeper.digest.secret")
                    .withDoc("shared secret of all brokers; znodes become creator-only");

    /** The ensemble named in the configuration; empty if none is. */
    public static Optional<ZooKeeperConfig> read(ConfigReader reader) {
        Optional<String> connect = reader.find(CONNECT);
        int sessionTimeoutMs = reader.get(SESSION_TIMEOUT_MS);
        boolean sasl = reader.get(SASL);
        Optional<Secret> secret = reader.find(DIGEST_SECRET);
        return connect.map(to -> new ZooKeeperConfig(to, sessionTimeoutMs, sasl, secret));
    }

    /** Whether znodes can be limited to their creator. */
    public boolean hasIdentity() {
        return sasl || digestSecret.isPresent();
    }
}
