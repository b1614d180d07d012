package io.trifold.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trifold.queue.Change.Chunk;
import io.trifold.queue.Change.Content.Chunked;
import io.trifold.queue.Change.Content.Inline;
import io.trifold.queue.Change.Delete;
import io.trifold.queue.Change.PutDirectory;
import io.trifold.queue.Change.PutFile;
import io.trifold.queue.Change.PutSymlink;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventCodecTest {
  private static final UUID INCARNATION = new UUID(0x0102030405060708L, 0x090a0b0c0d0e0f10L);
  private static final UUID ID = new UUID(0x1112131415161718L, 0x191a1b1c1d1e1f20L);
  private static final Metadata METADATA =
      new Metadata(0644, "www", "grp", 0x123456789aL, 999_999_999);
  private static final UUID LINK = new UUID(0x2122232425262728L, 0x292a2b2c2d2e2f30L);
  private static final Acl ACL =
      new Acl(
          List.of(
              new Acl.Entry(Acl.Tag.OTHER, "", 0),
              new Acl.Entry(Acl.Tag.MASK, "", 7),
              new Acl.Entry(Acl.Tag.OWNING_GROUP, "", 5),
              new Acl.Entry(Acl.Tag.USER, "www", 6),
              new Acl.Entry(Acl.Tag.OWNER, "", 7)));
  private static final Xattrs XATTRS =
      new Xattrs(Map.of("user.b", "\uDCFF\0", "user.a", ""), Acl.NONE, ACL);
  private static final Digest DIGEST = Digest.sha256("x".getBytes(StandardCharsets.UTF_8));

  /** Of every event below: magic, host, incarnation, id, sequence 7, base 6. */
  private static final String BEGINNING =
      "54464501"
          + "0004"
          + "77656231"
          + "0102030405060708090a0b0c0d0e0f10"
          + "1112131415161718191a1b1c1d1e1f20"
          + "0000000000000007"
          + "0000000000000006";

  private static final String EXTENDED_BEGINNING = BEGINNING.replaceFirst("54464501", "54464502");

  private static final String ENCODED_METADATA =
      "01a4" + "0003777777" + "0003677270" + "000000123456789a" + "3b9ac9ff";

  private static Authored authored(Change change) {
    return new Authored("web1", INCARNATION, new Draft(ID, 7, 6, change));
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static void assertEncodes(Change change, String hex) throws Exception {
    assertThat(HexFormat.of().formatHex(EventCodec.encode(authored(change)))).isEqualTo(hex);
    assertThat(EventCodec.decode(bytes(hex))).isEqualTo(authored(change));
  }

  @Test
  void aDelete() throws Exception {
    assertEncodes(new Delete("a/b"), BEGINNING + "04" + "0003612f62");
  }

  @Test
  void aDirectoryWhoseNameIsNotText() throws Exception {
    assertEncodes(
        new PutDirectory("a\uDCFF", METADATA), BEGINNING + "02" + "000261ff" + ENCODED_METADATA);
  }

  @Test
  void aSymbolicLink() throws Exception {
    assertEncodes(
        new PutSymlink("l", METADATA, "../t"),
        BEGINNING + "03" + "00016c" + ENCODED_METADATA + "00042e2e2f74");
  }

  @Test
  void aSmallFile() throws Exception {
    assertEncodes(
        new PutFile("f", METADATA, 1, DIGEST, new Inline(new byte[] {'x'})),
        BEGINNING
            + "01"
            + "000166"
            + ENCODED_METADATA
            + "0000000000000001"
            + "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
            + "00"
            + "78");
  }

  @Test
  void aFileInChunks() throws Exception {
    assertEncodes(
        new PutFile("f", METADATA, 258, DIGEST, new Chunked(List.of(new Chunk(DIGEST, 258)))),
        BEGINNING
            + "01"
            + "000166"
            + ENCODED_METADATA
            + "0000000000000102"
            + DIGEST
            + "01"
            + "00000001"
            + DIGEST
            + "00000102");
  }

  @Test
  void aFileWithSeveralNames() throws Exception {
    assertEncodes(
        new PutFile("f", METADATA, 1, DIGEST, new Inline(new byte[] {'x'}), Optional.of(LINK)),
        EXTENDED_BEGINNING
            + "01"
            + "000166"
            + ENCODED_METADATA
            + "0000"
            + "0000"
            + "0000"
            + "0000000000000001"
            + "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
            + "00"
            + "78"
            + "01"
            + "2122232425262728292a2b2c2d2e2f30");
  }

  @Test
  void aDirectoryWithExtendedAttributesAndLists() throws Exception {
    assertEncodes(
        new PutDirectory("d", METADATA.with(XATTRS)),
        EXTENDED_BEGINNING
            + "02"
            + "000164"
            + ENCODED_METADATA
            + "0002"
            + ("0006" + "757365722e61" + "00000000")
            + ("0006" + "757365722e62" + "00000002" + "ff00")
            + "0000"
            + "0005"
            + ("01" + "0000" + "07")
            + ("02" + "0003777777" + "06")
            + ("04" + "0000" + "05")
            + ("10" + "0000" + "07")
            + ("20" + "0000" + "00"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "user.trifold.state",
        "user.",
        "trusted.overlay.opaque",
        "security.selinux",
        "system.posix_acl_access",
        "com.apple.quarantine"
      })
  void anExtendedAttributeThatDoesNotTravelIsNoneOfAnEvents(String name) {
    assertThatThrownBy(() -> new Xattrs(Map.of(name, "x"), Acl.NONE, Acl.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
    String encodedName = HexFormat.of().formatHex(name.getBytes(StandardCharsets.UTF_8));
    String length = "%04x".formatted(name.length());
    byte[] event =
        bytes(
            EXTENDED_BEGINNING
                + "02000164"
                + ENCODED_METADATA
                + ("0001" + length + encodedName + "0000000178")
                + "00000000");
    assertThatThrownBy(() -> EventCodec.decode(event))
        .isInstanceOf(MalformedEventException.class)
        .hasMessageContaining(name);
  }

  @Test
  void anEventThatCouldBeOfVersion1IsNotOfVersion2() {
    byte[] event = bytes(EXTENDED_BEGINNING + "02000164" + ENCODED_METADATA + "000000000000");
    assertThatThrownBy(() -> EventCodec.decode(event))
        .isInstanceOf(MalformedEventException.class)
        .hasMessageContaining("no more than an earlier one");
  }

  @Test
  void aSymbolicLinkHasNoExtendedAttributes() {
    assertUnencodable(new PutSymlink("l", METADATA.with(XATTRS), "t"));
  }

  @Test
  void aListIsCompleteAndHasOneOrder() {
    Acl.Entry owner = new Acl.Entry(Acl.Tag.OWNER, "", 7);
    Acl.Entry group = new Acl.Entry(Acl.Tag.OWNING_GROUP, "", 7);
    Acl.Entry other = new Acl.Entry(Acl.Tag.OTHER, "", 7);
    Acl.Entry user = new Acl.Entry(Acl.Tag.USER, "www", 7);
    assertThat(new Acl(List.of(other, group, owner)))
        .isEqualTo(new Acl(List.of(owner, group, other)));
    assertNoList(List.of(owner, group));
    assertNoList(List.of(owner, group, other, user));
    assertNoList(List.of(owner, owner, group, other));
    assertThatThrownBy(() -> new Acl.Entry(Acl.Tag.USER, "", 7))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Acl.Entry(Acl.Tag.OTHER, "", 8))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertNoList(List<Acl.Entry> entries) {
    assertThatThrownBy(() -> new Acl(entries)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "/a", "a/", "a//b", ".", "..", "a/..", "./a", "a/../b", "a\0b"})
  void aBadPathIsRefusedBothWays(String path) {
    byte[] encodedPath = path.getBytes(StandardCharsets.UTF_8);
    byte[] event =
        bytes(
            BEGINNING
                + "04"
                + "%04x".formatted(encodedPath.length)
                + HexFormat.of().formatHex(encodedPath));
    assertThatThrownBy(() -> EventCodec.decode(event))
        .isInstanceOf(MalformedEventException.class)
        .hasMessageContaining("path");
    assertThatThrownBy(() -> EventCodec.encode(authored(new Delete(path))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("path");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "...", "..a", "a..", ".a", "a/.b/..c", "-", "a\nb", "a\\b"})
  void anUnusualPathIsKept(String path) throws Exception {
    byte[] event = EventCodec.encode(authored(new Delete(path)));
    assertThat(EventCodec.decode(event).draft().change().path()).isEqualTo(path);
  }

  @Test
  void namesAndPathsHaveTheKernelsLimits() throws Exception {
    String longest = "n".repeat(255);
    String path = String.join("/", java.util.Collections.nCopies(15, longest)) + "/" + longest;
    assertThat(path).hasSize(4095);
    assertThat(EventCodec.decode(EventCodec.encode(authored(new Delete(path)))).draft().change())
        .isEqualTo(new Delete(path));
    assertThatThrownBy(() -> EventCodec.encode(authored(new Delete(longest + "n"))))
        .hasMessageContaining("longer than 255");
    assertThatThrownBy(() -> EventCodec.encode(authored(new Delete(path + "/n"))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatWouldBeReadAsSomethingElseIsNotWritten() {
    Metadata typed = new Metadata(0100644, "www", "www", 0, 0);
    assertUnencodable(new PutDirectory("d", typed));
    assertUnencodable(new PutDirectory("d", new Metadata(0755, "www", "www", 0, 1_000_000_000)));
    assertUnencodable(new PutDirectory("d", new Metadata(0755, "", "www", 0, 0)));
    assertUnencodable(new PutSymlink("l", METADATA, ""));
    assertUnencodable(new PutSymlink("l", METADATA, "a\0b"));
    assertUnencodable(new Delete("half a pair: \uD800"));
    assertUnencodable(new PutFile("f", METADATA, 2, DIGEST, new Inline(new byte[] {'x'})));
    assertUnencodable(new PutFile("f", METADATA, 1, DIGEST, new Inline(new byte[] {'y'})));
    assertUnencodable(
        new PutFile("f", METADATA, 9, DIGEST, new Chunked(List.of(new Chunk(DIGEST, 8)))));
    assertUnencodable(
        new PutFile("f", METADATA, 0, DIGEST, new Chunked(List.of(new Chunk(DIGEST, 0)))));
  }

  private static void assertUnencodable(Change change) {
    assertThatThrownBy(() -> EventCodec.encode(authored(change)))
        .as(change.toString())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void termsAndProvenance() throws Exception {
    Draft draft =
        new Draft(
            ID,
            7,
            6,
            new PutSymlink("l", METADATA, "../t"),
            new Terms(ConflictPolicy.KEEP_BOTH, Optional.of("l~"), Duration.ofSeconds(258)),
            new Provenance(
                false,
                Optional.of(new Provenance.Author(33, "www")),
                Optional.of(new Provenance.Part(ID, 1, 3))));
    Authored event = new Authored("web1", INCARNATION, draft);
    String hex =
        BEGINNING.replace("54464501", "54464503")
            + "01"
            + "01"
            + "00026c7e"
            + "00000102"
            + "00"
            + "01"
            + "00000021"
            + "0003777777"
            + "01"
            + "1112131415161718191a1b1c1d1e1f20"
            + "00000001"
            + "00000003"
            + "03"
            + "00016c"
            + ENCODED_METADATA
            + "000000000000"
            + "00042e2e2f74";
    assertThat(HexFormat.of().formatHex(EventCodec.encode(event))).isEqualTo(hex);
    assertThat(EventCodec.decode(bytes(hex))).isEqualTo(event);
  }

  @Test
  void aNameBesideIsForContentsThatAreKeptBesideAlone() {
    Terms both = new Terms(ConflictPolicy.KEEP_BOTH, Optional.of("b"), Duration.ofDays(1));
    Terms none = new Terms(ConflictPolicy.KEEP_BOTH, Optional.empty(), Duration.ofDays(1));
    Terms last = new Terms(ConflictPolicy.LAST_WINS, Optional.of("b"), Duration.ofDays(1));
    Terms out = new Terms(ConflictPolicy.KEEP_BOTH, Optional.of("../b"), Duration.ofDays(1));
    assertUnencodable(new Delete("a"), both);
    assertUnencodable(new PutSymlink("a", METADATA, "t"), none);
    assertUnencodable(new PutSymlink("a", METADATA, "t"), last);
    assertUnencodable(new PutSymlink("a", METADATA, "t"), out);
  }

  private static void assertUnencodable(Change change, Terms terms) {
    Draft draft = new Draft(ID, 7, 6, change, terms, Provenance.UNKNOWN);
    assertThatThrownBy(() -> EventCodec.encode(new Authored("web1", INCARNATION, draft)))
        .as(draft.toString())
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<Authored> samples() {
    List<Authored> samples = new ArrayList<>();
    samples.add(
        new Authored(
            "web1",
            INCARNATION,
            new Draft(
                ID,
                7,
                6,
                new PutSymlink("l", METADATA, "t"),
                new Terms(ConflictPolicy.KEEP_BOTH, Optional.of("b"), Duration.ofDays(1)),
                new Provenance(
                    true,
                    Optional.of(new Provenance.Author(33, "www")),
                    Optional.of(new Provenance.Part(ID, 1, 3))))));
    samples.add(authored(new Delete("a/b")));
    samples.add(authored(new PutDirectory("d", METADATA)));
    samples.add(authored(new PutSymlink("l", METADATA, "target")));
    samples.add(authored(new PutFile("f", METADATA, 1, DIGEST, new Inline(new byte[] {'x'}))));
    samples.add(
        authored(
            new PutFile(
                "f",
                METADATA,
                7,
                DIGEST,
                new Chunked(List.of(new Chunk(DIGEST, 3), new Chunk(DIGEST, 4))))));
    samples.add(authored(new PutDirectory("d", METADATA.with(XATTRS))));
    samples.add(
        authored(
            new PutFile(
                "f",
                METADATA.with(new Xattrs(XATTRS.values(), ACL, Acl.NONE)),
                1,
                DIGEST,
                new Inline(new byte[] {'x'}),
                Optional.of(LINK))));
    return samples;
  }

  @Test
  void eachBytesCutOffOrAddedIsRefused() throws Exception {
    for (Authored sample : samples()) {
      byte[] event = EventCodec.encode(sample);
      for (int length = 0; length < event.length; length++) {
        byte[] cut = Arrays.copyOf(event, length);
        assertThatThrownBy(() -> EventCodec.decode(cut))
            .isInstanceOf(MalformedEventException.class);
      }
      byte[] longer = Arrays.copyOf(event, event.length + 1);
      assertThatThrownBy(() -> EventCodec.decode(longer))
          .isInstanceOf(MalformedEventException.class);
    }
  }

  /** So no two encodings are of one event, and nothing but the one exception comes out. */
  @Test
  void damagedBytesAreRefusedOrAreTheirEventsOnlyEncoding() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Authored> samples = samples();
    int accepted = 0;
    for (int round = 0; round < 100_000; round++) {
      byte[] event = EventCodec.encode(samples.get(random.nextInt(samples.size())));
      for (int damages = random.nextInt(3); damages >= 0; damages--) {
        event[random.nextInt(event.length)] =
            (byte) (random.nextBoolean() ? random.nextInt(4) : random.nextInt(256));
      }
      try {
        Authored decoded = EventCodec.decode(event);
        assertThat(EventCodec.encode(decoded)).as("seed %d", seed).isEqualTo(event);
        accepted++;
      } catch (MalformedEventException e) {
        assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
      }
    }
    assertThat(accepted).as("some damage is within what an event may say").isPositive();
  }
}
