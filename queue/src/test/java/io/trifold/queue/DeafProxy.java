package io.trifold.queue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands before a server and swallows its notifications, as a pooler in transaction mode does. */
final class DeafProxy implements AutoCloseable {
  private static final int NOTIFICATION = 'A';

  private final ServerSocket front;
  private final int serverPort;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  DeafProxy(int serverPort) throws IOException {
    this.serverPort = serverPort;
    front = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  int port() {
    return front.getLocalPort();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = front.accept();
      Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
      sockets.addAll(List.of(client, server));
      start(() -> forward(client.getInputStream(), server.getOutputStream()));
      start(() -> filter(server.getInputStream(), client.getOutputStream()));
    }
  }

  private static void forward(InputStream from, OutputStream to) throws IOException {
    from.transferTo(to);
  }

  private static void filter(InputStream from, OutputStream to) throws IOException {
    DataInputStream in = new DataInputStream(from);
    DataOutputStream out = new DataOutputStream(to);
    while (true) {
      int type = in.readUnsignedByte();
      int length = in.readInt();
      byte[] body = in.readNBytes(length - Integer.BYTES);
      if (type != NOTIFICATION) {
        out.writeByte(type);
        out.writeInt(length);
        out.write(body);
        out.flush();
      }
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
                // The connection ended.
                Thread.currentThread().interrupt();
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    front.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
