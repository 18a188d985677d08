package io.millrace.broker.network;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections that are open, and whether one more may be. From any loop. */
final class OpenConnections {
    private static final Logger LOGGER = LoggerFactory.getLogger(OpenConnections.class);
    private static final long CLOSE_PATIENCE_MS = 5_000;

    private final ChannelGroup all =
            new DefaultChannelGroup("connections", GlobalEventExecutor.INSTANCE);
    private final ConcurrentHashMap<String, Integer> byAddress = new ConcurrentHashMap<>();
    private volatile ConnectionLimits limits;

    OpenConnections(ConnectionLimits limits) {
        this.limits = limits;
    }

    /** From now on these limits hold for new connections. */
    void limits(ConnectionLimits changed) {
        limits = changed;
    }

    int count() {
        return all.size();
    }

    /** Counts the connection, or closes it. */
    boolean admit(Channel channel) {
        ConnectionLimits now = limits;
        String address = addressOf(channel);
        if (all.size() >= now.total()) {
            return refuse(channel, "max.connections", now.total());
        }
        int fromAddress = byAddress.merge(address, 1, Integer::sum);
        channel.closeFuture()
                .addListener(
                        closed ->
                                byAddress.computeIfPresent(
                                        address, (key, count) -> count > 1 ? count - 1 : null));
        if (fromAddress > now.of(address)) {
            return refuse(channel, "max.connections.per.ip", now.of(address));
        }
        all.add(channel);
        return true;
    }

    private static boolean refuse(Channel channel, String key, int limit) {
        LOGGER.atWarn()
                .addKeyValue("client", channel.remoteAddress())
                .addKeyValue(key, limit)
                .log("connection refused: too many are open");
        channel.close();
        return false;
    }

    void close() {
        all.close().awaitUninterruptibly(CLOSE_PATIENCE_MS, TimeUnit.MILLISECONDS);
    }

    private static String addressOf(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress socket
                        && socket.getAddress() != null
                ? socket.getAddress().getHostAddress()
                : String.valueOf(channel.remoteAddress());
    }
}
