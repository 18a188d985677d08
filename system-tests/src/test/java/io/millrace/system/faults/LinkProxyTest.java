package io.millrace.system.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkProxyTest {
    private ServerSocket target;
    private LinkProxy link;
    private Socket client;
    private Socket accepted;

    @BeforeEach
    void connect() throws IOException {
        target = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        link =
                new LinkProxy(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(), target.getLocalPort()));
        client = new Socket(InetAddress.getLoopbackAddress(), link.port());
        accepted = target.accept();
        accepted.setSoTimeout(10_000);
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        client.close();
        accepted.close();
        target.close();
    }

    @Test
    void bytesPassBothWays() throws IOException {
        client.getOutputStream().write(1);
        accepted.getOutputStream().write(2);

        assertThat(accepted.getInputStream().read()).isEqualTo(1);
        assertThat(client.getInputStream().read()).isEqualTo(2);
    }

    @Test
    void dribbledBytesAllArrive() throws IOException {
        link.dribble();
        link.delay(1);

        client.getOutputStream().write(new byte[] {1, 2, 3});

        assertThat(accepted.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
    }

    @Test
    void oneDirectionVanishesWhileTheOtherWorks() throws IOException {
        link.swallow(LinkProxy.Direction.TO_TARGET);
        accepted.setSoTimeout(200);

        client.getOutputStream().write(1);
        accepted.getOutputStream().write(2);

        assertThat(client.getInputStream().read()).isEqualTo(2);
        assertThatThrownBy(() -> accepted.getInputStream().read())
                .isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void aResetEndsTheConnection() throws IOException {
        client.getOutputStream().write(1);
        assertThat(accepted.getInputStream().read()).isEqualTo(1);

        link.reset();

        assertThatThrownBy(() -> readOrFail(client)).isInstanceOf(SocketException.class);
    }

    private static void readOrFail(Socket socket) throws IOException {
        if (socket.getInputStream().read() < 0) {
            throw new SocketException("ended");
        }
    }
}
