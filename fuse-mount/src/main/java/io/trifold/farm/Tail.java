package io.trifold.farm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The last bytes of a stream, of however many. */
final class Tail {
  private final int most;
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private boolean cut;

  Tail(int most) {
    this.most = most;
  }

  /** Reads it to its end. */
  void read(InputStream in) throws IOException {
    byte[] buffer = new byte[8192];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      add(buffer, n);
    }
  }

  synchronized void add(byte[] bytes, int count) {
    kept.write(bytes, 0, count);
    if (kept.size() > 2 * most) {
      byte[] all = kept.toByteArray();
      kept.reset();
      kept.write(all, all.length - most, most);
      cut = true;
    }
  }

  /** As text; what is none shows as U+FFFD. */
  synchronized String text() {
    byte[] all = kept.toByteArray();
    int from = Math.max(0, all.length - most);
    boolean whole = from == 0 && !cut;
    // Not from the middle of a character.
    while (!whole && from < all.length && (all[from] & 0xc0) == 0x80) {
      from++;
    }
    return (whole ? "" : "…") + new String(all, from, all.length - from, StandardCharsets.UTF_8);
  }
}
