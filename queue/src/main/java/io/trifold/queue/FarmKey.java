package io.trifold.queue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key that the farm's hosts share and the database does not know: it signs the events. Where it
 * was changed, the earlier ones are kept with it, and are good for earlier events.
 *
 * <p>In a file, readable by its owner alone, each key is a line of 64 hexadecimal digits, the one
 * that signs first; behind an earlier one may stand up to which position of the log it is good:
 * {@code until 1234}.
 */
public final class FarmKey {
  private static final int LENGTH = 32;
  private static final String ALGORITHM = "HmacSHA256";
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");
  private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{64})(?: until ([0-9]{1,18}))?");

  /** The one that signs first. */
  private final List<Single> keys;

  private FarmKey(List<Single> keys) {
    this.keys = List.copyOf(keys);
  }

  /** One key, and up to which position of the log it is good. */
  private static final class Single {
    final SecretKeySpec key;
    final long until;
    final String id;

    Single(byte[] bytes, long until) {
      key = new SecretKeySpec(bytes, ALGORITHM);
      this.until = until;
      byte[] fingerprint = sign("trifold farm key".getBytes(StandardCharsets.US_ASCII));
      id = HexFormat.of().formatHex(fingerprint, 0, 8);
    }

    byte[] sign(byte[] bytes) {
      try {
        Mac mac = Mac.getInstance(ALGORITHM);
        mac.init(key);
        return mac.doFinal(bytes);
      } catch (GeneralSecurityException e) {
        throw new AssertionError("every Java has " + ALGORITHM, e);
      }
    }

    String line() {
      String hex = HexFormat.of().formatHex(key.getEncoded());
      return until == Long.MAX_VALUE ? hex : hex + " until " + until;
    }
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

  private static List<Single> parse(String text) {
    List<Single> keys = new ArrayList<>();
    for (String line : text.lines().toList()) {
      Matcher matcher = LINE.matcher(line.strip());
      if (!matcher.matches()) {
        throw new IllegalArgumentException("a line that is no key");
      }
      String until = matcher.group(2);
      keys.add(
          new Single(
              HexFormat.of().parseHex(matcher.group(1)),
              until == null ? Long.MAX_VALUE : Long.parseLong(until)));
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("empty");
    }
    return keys;
  }

  /**
   * Has a new random key sign from now on; the present ones stay good for what they have signed.
   *
   * @return the new key with the present ones
   * @throws QueueException.Refused if the file cannot be read or written
   */
  public static FarmKey rotate(Path file) throws QueueException {
    List<Single> keys = new ArrayList<>(load(file).keys);
    keys.add(0, new Single(random(), Long.MAX_VALUE));
    return replace(file, keys);
  }

  /**
   * Has the earlier keys be good up to a position of the log only: who has got hold of one cannot
   * sign anything new.
   *
   * @throws QueueException.Refused if the file cannot be read or written
   */
  public static FarmKey retire(Path file, long position) throws QueueException {
    List<Single> keys = new ArrayList<>();
    for (Single key : load(file).keys) {
      boolean signs = keys.isEmpty();
      keys.add(signs ? key : new Single(key.key.getEncoded(), Math.min(key.until, position)));
    }
    return replace(file, keys);
  }

  private static FarmKey replace(Path file, List<Single> keys) throws QueueException {
    try {
      Path beside = write(file, keys);
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
      return new FarmKey(keys);
    } catch (IOException e) {
      throw new QueueException.Refused("cannot write the key file " + file + ": " + reason(e), e);
    }
  }

  private static byte[] random() {
    byte[] bytes = new byte[LENGTH];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  /** Durable before any event is signed with it. */
  private static Path write(Path file, List<Single> keys) throws IOException {
    Path beside =
        Files.createTempFile(file.toAbsolutePath().getParent(), "key", ".new", OWNER_ONLY);
    String lines = keys.stream().map(key -> key.line() + "\n").collect(Collectors.joining());
    Files.writeString(beside, lines, StandardOpenOption.DSYNC);
    return beside;
  }

  /** Written beside and linked: the name appears with the whole content, or was there before. */
  private static void create(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Path beside = write(file, List.of(new Single(random(), Long.MAX_VALUE)));
    try {
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

  /** A short fingerprint of the key that signs: of no use to who wants the key. */
  public String id() {
    return keys.get(0).id;
  }

  /** The fingerprints of all keys, the one that signs first. */
  public List<String> ids() {
    return keys.stream().map(key -> key.id).toList();
  }

  /** Each key in a few words, by its fingerprint, the one that signs first. */
  public List<String> describe() {
    List<String> lines = new ArrayList<>();
    for (Single key : keys) {
      String good =
          lines.isEmpty()
              ? "signs"
              : key.until == Long.MAX_VALUE
                  ? "is good for what it has signed"
                  : "is good up to position " + key.until;
      lines.add(key.id + " " + good);
    }
    return lines;
  }

  /** The signature of the bytes: HMAC-SHA-256, 32 bytes. Thread-safe. */
  public byte[] sign(byte[] bytes) {
    return keys.get(0).sign(bytes);
  }

  /**
   * The signature of what hosts do not wait for until they can verify it: by the earliest key that
   * is good still, which all of them have.
   */
  byte[] signForAll(byte[] bytes) {
    Single known = keys.get(0);
    for (Single key : keys) {
      known = key.until == Long.MAX_VALUE ? key : known;
    }
    return known.sign(bytes);
  }

  /** Whether a key that is good still has signed the bytes. */
  boolean verifyNow(byte[] bytes, byte[] signature) {
    return verify(bytes, signature, Long.MAX_VALUE);
  }

  /** Whether the signature is one of these keys' of the bytes; in time that tells nothing of it. */
  public boolean verify(byte[] bytes, byte[] signature) {
    return verify(bytes, signature, 0);
  }

  /** The same for an event at a position of the log, up to which the key must be good. */
  boolean verify(byte[] bytes, byte[] signature, long position) {
    boolean good = false;
    for (Single key : keys) {
      good |= position <= key.until && MessageDigest.isEqual(key.sign(bytes), signature);
    }
    return good;
  }

  /** The fingerprint, never the key. */
  @Override
  public String toString() {
    return "farm key " + id();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FarmKey that && lines().equals(that.lines());
  }

  private List<String> lines() {
    return keys.stream().map(Single::line).toList();
  }

  @Override
  public int hashCode() {
    return lines().hashCode();
  }
}
