package io.trifold.queue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that the farm's hosts share and the database does not know: it signs the events. In a
 * file it is one line of 64 hexadecimal digits, readable by its owner alone.
 */
public final class FarmKey {
  private static final int LENGTH = 32;
  private static final String ALGORITHM = "HmacSHA256";
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");

  private final SecretKeySpec key;
  private final String id;

  private FarmKey(byte[] bytes) {
    key = new SecretKeySpec(bytes, ALGORITHM);
    byte[] fingerprint = sign("trifold farm key".getBytes(StandardCharsets.US_ASCII));
    id = HexFormat.of().formatHex(fingerprint, 0, 8);
  }

  /**
   * The key in the file; a new random one is written there if there is no such file. Two processes
   * that do so at once get the same.
   *
   * @throws QueueException.Refused if the file cannot be read or made, is no key, or is open to
   *     others
   */
  public static FarmKey loadOrCreate(Path file) throws QueueException {
    try {
      if (!Files.exists(file)) {
        create(file);
      }
    } catch (IOException e) {
      throw new QueueException.Refused("cannot make the key file " + file + ": " + reason(e), e);
    }
    return load(file);
  }

  /**
   * The key in the file.
   *
   * @throws QueueException.Refused if the file cannot be read, is no key, or is open to others
   */
  public static FarmKey load(Path file) throws QueueException {
    try {
      Set<PosixFilePermission> open = Files.getPosixFilePermissions(file);
      open.retainAll(OTHERS);
      if (!open.isEmpty()) {
        throw new QueueException.Refused(
            "the key file " + file + " is open to others: chmod 600 it");
      }
      return new FarmKey(parse(Files.readString(file, StandardCharsets.ISO_8859_1)));
    } catch (IOException e) {
      throw new QueueException.Refused("cannot read the key file " + file + ": " + reason(e), e);
    } catch (IllegalArgumentException e) {
      throw new QueueException.Refused(
          "the key file " + file + " is not a key of 64 hexadecimal digits: copy it anew", e);
    }
  }

  private static byte[] parse(String text) {
    byte[] bytes = HexFormat.of().parseHex(text.strip());
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException(bytes.length + " bytes");
    }
    return bytes;
  }

  /** Written beside and linked: the name appears with the whole content, or was there before. */
  private static void create(Path file) throws IOException {
    byte[] bytes = new byte[LENGTH];
    new SecureRandom().nextBytes(bytes);
    Path directory = file.toAbsolutePath().getParent();
    Files.createDirectories(directory);
    Path beside = Files.createTempFile(directory, "key", ".new", OWNER_ONLY);
    try {
      // Durable before any event is signed with it.
      Files.writeString(beside, HexFormat.of().formatHex(bytes) + "\n", StandardOpenOption.DSYNC);
      Files.createLink(file, beside);
    } catch (FileAlreadyExistsException e) {
      // Another process was first; its key is the one.
    } finally {
      Files.delete(beside);
    }
  }

  private static String reason(IOException e) {
    return e instanceof NoSuchFileException ? "no such file" : String.valueOf(e.getMessage());
  }

  /** A short fingerprint: equal for equal keys, and of no use to who wants the key. */
  public String id() {
    return id;
  }

  /** The signature of the bytes: HMAC-SHA-256, 32 bytes. Thread-safe. */
  public byte[] sign(byte[] bytes) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(bytes);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java has " + ALGORITHM, e);
    }
  }

  /** Whether the signature is this key's of the bytes; in time that tells nothing of it. */
  public boolean verify(byte[] bytes, byte[] signature) {
    return MessageDigest.isEqual(sign(bytes), signature);
  }

  /** The fingerprint, never the key. */
  @Override
  public String toString() {
    return "farm key " + id;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FarmKey that
        && MessageDigest.isEqual(key.getEncoded(), that.key.getEncoded());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(key.getEncoded());
  }
}
