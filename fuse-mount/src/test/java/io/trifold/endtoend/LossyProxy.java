package io.trifold.endtoend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between one host and the database, and does to its connections what networks do. */
final class LossyProxy implements AutoCloseable {
  private final ServerSocket front;
  private volatile int serverPort;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile boolean refusing;
  private volatile boolean swallowing;

  LossyProxy(int serverPort) throws IOException {
    this(serverPort, InetAddress.getLoopbackAddress());
  }

  /** Listens on this address. */
  LossyProxy(int serverPort, InetAddress address) throws IOException {
    this.serverPort = serverPort;
    front = new ServerSocket(0, 50, address);
    start(this::accept);
  }

  int port() {
    return front.getLocalPort();
  }

  /** Where it listens, as host and port. */
  String address() {
    return front.getInetAddress().getHostAddress() + ":" + port();
  }

  /** The database has moved. */
  void leadTo(int port) {
    serverPort = port;
  }

  /** Breaks all connections. */
  void cut() {
    for (Socket socket : List.copyOf(sockets)) {
      close(socket);
      sockets.remove(socket);
    }
  }

  /** From now on, and until told otherwise, the database cannot be reached. */
  void refuse(boolean now) {
    refusing = now;
    if (now) {
      cut();
    }
  }

  /** The next thing that the database says is lost, and the connection with it. */
  void swallow() {
    swallowing = true;
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = front.accept();
      if (refusing) {
        close(client);
        continue;
      }
      try {
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        sockets.addAll(List.of(client, server));
        start(() -> forward(client, server, false));
        start(() -> forward(server, client, true));
      } catch (IOException e) {
        // The database is down: so is this connection.
        close(client);
      }
    }
  }

  private void forward(Socket from, Socket to, boolean answers) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        if (answers && swallowing) {
          swallowing = false;
          return;
        }
        out.write(buffer, 0, count);
      }
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void start(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                // The connection, or the proxy, ended.
                Thread.currentThread().interrupt();
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    front.close();
    cut();
  }
}
