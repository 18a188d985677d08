package io.millrace.connectors.jdbc.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A database and how to log in. The operator's URL is taken apart, checked and built again, and
 * only listed driver properties pass: others of them name classes to load or files to write
 * (CVE-2022-21724, CVE-2022-26520).
 */
public record ConnectionAddress(
        String hosts, String database, String user, String password, Map<String, String> options) {
    private static final Pattern URL =
            Pattern.compile("jdbc:postgresql://([^/?#@]+)/([^?#/]+)(?:\\?(.*))?");
    private static final Pattern HOST =
            Pattern.compile("(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::\\d{1,5})?");
    private static final List<String> ALLOWED =
            List.of(
                    "ApplicationName",
                    "connectTimeout",
                    "currentSchema",
                    "gssEncMode",
                    "hostRecheckSeconds",
                    "loadBalanceHosts",
                    "loginTimeout",
                    "socketTimeout",
                    "ssl",
                    "sslcert",
                    "sslkey",
                    "sslmode",
                    "sslrootcert",
                    "targetServerType",
                    "tcpKeepAlive");

    /** Passed as separate configuration keys; accepted in the URL because it is common. */
    private static final List<String> CREDENTIALS = List.of("user", "password");

    private static final long CONNECT_TIMEOUT_MS = 10_000;

    public ConnectionAddress {
        options = Map.copyOf(options);
    }

    /** Refuses a URL that is not understood completely. */
    public static ConnectionAddress parse(String key, String url, String user, String password) {
        Matcher matcher = URL.matcher(url);
        if (!matcher.matches()) {
            throw new ConfigException(
                    key, withoutQuery(url), "expected jdbc:postgresql://host:port/database");
        }
        for (String host : matcher.group(1).split(",", -1)) {
            if (!HOST.matcher(host).matches()) {
                throw new ConfigException(key, withoutQuery(url), "'" + host + "' is not a host");
            }
        }
        Map<String, String> options = new TreeMap<>();
        String effectiveUser = user;
        String effectivePassword = password;
        String query = matcher.group(3) == null ? "" : matcher.group(3);
        for (String pair : query.split("&")) {
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
            if (name.equals("user")) {
                effectiveUser = user.isEmpty() ? value : user;
            } else if (name.equals("password")) {
                effectivePassword = password.isEmpty() ? value : password;
            } else if (ALLOWED.contains(name)) {
                options.put(name, value);
            } else {
                throw new ConfigException(
                        key,
                        withoutQuery(url),
                        "driver property "
                                + name
                                + " is not allowed here; allowed are "
                                + ALLOWED
                                + " and "
                                + CREDENTIALS);
            }
        }
        return new ConnectionAddress(
                matcher.group(1),
                decode(matcher.group(2)),
                effectiveUser,
                effectivePassword,
                options);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String withoutQuery(String url) {
        int question = url.indexOf('?');
        return question < 0 ? url : url.substring(0, question) + "?…";
    }

    private String url() {
        StringBuilder url = new StringBuilder("jdbc:postgresql://");
        url.append(hosts).append('/').append(encode(database));
        char separator = '?';
        for (Map.Entry<String, String> option : new TreeMap<>(options).entrySet()) {
            url.append(separator).append(option.getKey()).append('=');
            url.append(encode(option.getValue()));
            separator = '&';
        }
        return url.toString();
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * The driver is named by its class here: DriverManager does not see one that lives in a
     * plugin's own class loader.
     */
    private PGSimpleDataSource dataSource(String name) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url());
        source.setUser(user);
        source.setPassword(password);
        source.setTcpKeepAlive(true);
        if (!options.containsKey("ApplicationName")) {
            source.setApplicationName(name);
        }
        return source;
    }

    /** One connection outside any pool; it fails at the first attempt. */
    public Connection connect(String name) throws SQLException {
        return dataSource(name).getConnection();
    }

    /** A pool of up to {@code size} connections, opened on first use. */
    public HikariDataSource pool(String name, int size) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(dataSource(name));
        config.setPoolName(name);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(CONNECT_TIMEOUT_MS);
        // Do not fail at construction: the first statement reports what is wrong.
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    @Override
    public String toString() {
        return user + "@" + hosts + "/" + database;
    }
}
