package io.trifold.logs;

import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A collector by TCP (RFC 6587, octet counting) or TLS (RFC 5425). */
final class StreamCollector implements SyslogSender {
  private static final Logger LOG = LoggerFactory.getLogger(StreamCollector.class);
  private static final int PATIENCE_MILLIS = 10_000;

  /** After such a pause it is looked whether the collector is still there. */
  private static final long PAUSE_NANOS = 20_000_000;

  private final SyslogAddress.Collector collector;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private long lastSent = System.nanoTime();

  private StreamCollector(SyslogAddress.Collector collector, Socket socket) throws IOException {
    this.collector = collector;
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
  }

  static StreamCollector connect(SyslogAddress.Collector collector) throws IOException {
    Socket socket = SocketFactory.getDefault().createSocket();
    try {
      socket.connect(new InetSocketAddress(collector.host(), collector.port()), PATIENCE_MILLIS);
      socket.setKeepAlive(true);
      if (collector.protocol() == SyslogAddress.Protocol.TLS) {
        socket = secured(collector, socket);
      }
      return new StreamCollector(collector, socket);
    } catch (IOException e) {
      socket.close();
      throw failure(collector, e);
    }
  }

  private static IOException failure(SyslogAddress.Collector collector, IOException e) {
    return new IOException(collector + " cannot be reached: " + e.getMessage(), e);
  }

  private static Socket secured(SyslogAddress.Collector collector, Socket plain)
      throws IOException {
    try {
      SSLSocket secured =
          (SSLSocket)
              factory(collector.authorities())
                  .createSocket(plain, collector.host(), collector.port(), true);
      SSLParameters parameters = secured.getSSLParameters();
      // The collector's name is to be that of its certificate.
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      secured.setSSLParameters(parameters);
      secured.setSoTimeout(PATIENCE_MILLIS);
      secured.startHandshake();
      return secured;
    } catch (GeneralSecurityException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static SSLSocketFactory factory(Optional<Path> authorities)
      throws IOException, GeneralSecurityException {
    if (authorities.isEmpty()) {
      return (SSLSocketFactory) SSLSocketFactory.getDefault();
    }
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream in = new FileInputStream(authorities.get().toFile())) {
      int number = 0;
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("authority-" + number++, each);
      }
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context.getSocketFactory();
  }

  @Override
  public void send(SyslogMessage message) throws IOException {
    try {
      if (System.nanoTime() - lastSent > PAUSE_NANOS) {
        look();
      }
      lastSent = System.nanoTime();
      out.write(SyslogMessage.framed(message.rfc5424()));
      out.flush();
    } catch (IOException e) {
      throw failure(collector, e);
    }
  }

  /** What is first sent to a collector that has gone gets no error, and would be lost. */
  private void look() throws IOException {
    socket.setSoTimeout(1);
    try {
      if (in.read() < 0) {
        throw new EOFException("it has closed the connection");
      }
    } catch (SocketTimeoutException e) {
      LOG.trace("{} is there", collector, e);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
