package io.trifold.replica;

import io.trifold.queue.Change;
import io.trifold.queue.ContentKey;
import io.trifold.queue.Digest;
import io.trifold.queue.PathVersion;
import io.trifold.rules.FileNames;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A digest of a tree in which the order of the paths does not count: the sum of their digests. Of
 * one thread.
 */
final class TreeDigest {
  private static final Digest ABSENT = ContentKey.of(new Change.Delete("-"));

  private final byte[] sum;

  TreeDigest() {
    this(new byte[Digest.LENGTH]);
  }

  private TreeDigest(byte[] sum) {
    this.sum = sum;
  }

  /** Goes on from here. */
  static TreeDigest from(Digest sum) {
    return new TreeDigest(sum.bytes());
  }

  /** A path is as the log has it. What is deleted is not in the tree. */
  void add(PathVersion version) {
    if (!version.contentKey().equals(ABSENT)) {
      MessageDigest digest = FileContent.sha256();
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(version.version()).array());
      digest.update(version.contentKey().bytes());
      digest.update(FileNames.encode(version.path()));
      add(digest.digest());
    }
  }

  /** A path is not as the log has it. */
  void add(Divergence divergence) {
    MessageDigest digest = FileContent.sha256();
    digest.update((byte) 0);
    digest.update(FileNames.encode(divergence.path()));
    digest.update((byte) 0);
    digest.update(divergence.here().getBytes(StandardCharsets.UTF_8));
    add(digest.digest());
  }

  private void add(byte[] number) {
    int carry = 0;
    for (int i = sum.length - 1; i >= 0; i--) {
      int digit = (sum[i] & 0xff) + (number[i] & 0xff) + carry;
      sum[i] = (byte) digit;
      carry = digit >>> 8;
    }
  }

  Digest value() {
    return Digest.of(sum);
  }
}
