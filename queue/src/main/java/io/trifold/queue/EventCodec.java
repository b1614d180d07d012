package io.trifold.queue;

import io.trifold.queue.Change.Chunk;
import io.trifold.queue.Change.Content;
import io.trifold.queue.Change.Content.Chunked;
import io.trifold.queue.Change.Content.Inline;
import io.trifold.queue.Change.Delete;
import io.trifold.queue.Change.PutDirectory;
import io.trifold.queue.Change.PutFile;
import io.trifold.queue.Change.PutSymlink;
import io.trifold.queue.Provenance.Author;
import io.trifold.queue.Provenance.Part;
import io.trifold.rules.FileNames;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The canonical bytes of an event: what is signed, stored and read again. Each event has exactly
 * one encoding, and each encoding is of exactly one event. Numbers are big-endian and of fixed
 * width; what varies has its length before it.
 *
 * <pre>
 * event     = "TFE" version:u8 host:text incarnation:16 id:16 sequence:u64 base:u64 terms
 *             provenance change
 * terms     = policy:u8 (0 | 1 aside:text) kept-seconds:u32
 * provenance = taken:u8 (0 | 1 uid:u32 name:text) (0 | 1 change-set:16 index:u32 count:u32)
 * change    = kind:u8 path:text body
 * body      = 1 metadata size:u64 digest:32 content link | 2 metadata | 3 metadata target:text | 4
 * metadata  = mode:u16 owner:text group:text seconds:i64 nanos:u32 xattrs
 * content   = 0 bytes[size] | 1 count:u32 (digest:32 length:u32)[count]
 * link      = 0 | 1 id:16
 * text      = length:u16 bytes
 * </pre>
 *
 * <p>Xattrs are those of {@link XattrCodec}. Version 1 has neither xattrs nor a link; an event that
 * has none of them either is of version 1. Only version 3 has terms and provenance; an event of no
 * particular ones is of version 1 or 2.
 */
final class EventCodec {
  /** No event is longer: content beyond a few kilobytes goes to the content store. */
  static final int MAX_LENGTH = 32 << 20;

  private static final int MAGIC = 'T' << 24 | 'F' << 16 | 'E' << 8;
  private static final int PLAIN = 1;
  private static final int EXTENDED = 2;
  private static final int TERMED = 3;
  private static final int CHUNK_LENGTH = Digest.LENGTH + Integer.BYTES;
  private static final int MAX_TARGET = 4095;
  private static final int MAX_OWNER = 255;
  private static final int INLINE = 0;
  private static final int CHUNKED = 1;
  private static final int UNLINKED = 0;
  private static final int LINKED = 1;

  private EventCodec() {}

  /**
   * The event's bytes.
   *
   * @throws IllegalArgumentException if they would not be read as the same event again: a bad path,
   *     a number out of range, a size that is not its content's
   */
  static byte[] encode(Authored event) {
    Encoder out = new Encoder();
    Draft draft = event.draft();
    int version = version(draft);
    out.putInt(MAGIC | version);
    out.putText(event.host());
    out.putId(event.incarnation());
    out.putId(draft.id());
    out.putLong(draft.producerSequence());
    out.putLong(draft.baseVersion());
    if (version >= TERMED) {
      encodeTerms(out, draft.terms());
      encodeProvenance(out, draft.provenance());
    }
    encodeChange(out, draft.change(), version);
    byte[] bytes = out.bytes();
    try {
      if (!decode(bytes).equals(event)) {
        throw new IllegalArgumentException("not an event that can be encoded: " + event);
      }
    } catch (MalformedEventException e) {
      throw new IllegalArgumentException(
          "not an event of the log: " + e.getMessage() + ": " + event, e);
    }
    return bytes;
  }

  private static int version(Draft draft) {
    boolean plain =
        draft.terms().equals(Terms.DEFAULT) && draft.provenance().equals(Provenance.UNKNOWN);
    return plain ? version(draft.change()) : TERMED;
  }

  private static int version(Change change) {
    boolean linked = change instanceof PutFile file && file.link().isPresent();
    boolean attributed = change instanceof Change.Put put && !put.metadata().xattrs().isEmpty();
    return linked || attributed ? EXTENDED : PLAIN;
  }

  private static void encodeTerms(Encoder out, Terms terms) {
    out.putByte(terms.policy().code());
    out.putByte(terms.aside().isPresent() ? 1 : 0);
    terms.aside().ifPresent(out::putText);
    out.putInt((int) Math.min(terms.kept().toSeconds(), Integer.MAX_VALUE));
  }

  private static void encodeProvenance(Encoder out, Provenance provenance) {
    out.putByte(provenance.taken() ? 1 : 0);
    out.putByte(provenance.author().isPresent() ? 1 : 0);
    if (provenance.author().isPresent()) {
      out.putInt(provenance.author().get().uid());
      out.putText(provenance.author().get().name());
    }
    out.putByte(provenance.part().isPresent() ? 1 : 0);
    if (provenance.part().isPresent()) {
      Part part = provenance.part().get();
      out.putId(part.changeSet());
      out.putInt(part.index());
      out.putInt(part.count());
    }
  }

  private static void encodeChange(Encoder out, Change change, int version) {
    out.putByte(Kind.of(change).code());
    out.putText(change.path());
    if (change instanceof Change.Put put) {
      encodeMetadata(out, put.metadata());
      if (version >= EXTENDED) {
        XattrCodec.encode(out, put.metadata().xattrs());
      }
    }
    if (change instanceof PutFile file) {
      out.putLong(file.size());
      out.put(file.digest().bytes());
      encodeContent(out, file.content());
      if (version >= EXTENDED) {
        encodeLink(out, file.link());
      }
    } else if (change instanceof PutSymlink link) {
      out.putText(link.target());
    }
  }

  private static void encodeMetadata(Encoder out, Metadata metadata) {
    out.putShort(metadata.mode());
    out.putText(metadata.owner());
    out.putText(metadata.group());
    out.putLong(metadata.mtimeSeconds());
    out.putInt(metadata.mtimeNanos());
  }

  private static void encodeContent(Encoder out, Content content) {
    if (content instanceof Inline inline) {
      out.putByte(INLINE);
      out.put(inline.bytes());
    } else if (content instanceof Chunked chunked) {
      out.putByte(CHUNKED);
      out.putInt(chunked.chunks().size());
      for (Chunk chunk : chunked.chunks()) {
        out.put(chunk.digest().bytes());
        out.putInt(chunk.length());
      }
    }
  }

  private static void encodeLink(Encoder out, Optional<UUID> link) {
    out.putByte(link.isPresent() ? LINKED : UNLINKED);
    link.ifPresent(out::putId);
  }

  /**
   * The event that these bytes are.
   *
   * @throws MalformedEventException if they are no event's encoding
   */
  static Authored decode(byte[] bytes) throws MalformedEventException {
    if (bytes.length > MAX_LENGTH) {
      throw new MalformedEventException("longer than " + MAX_LENGTH + " bytes");
    }
    Decoder in = new Decoder(ByteBuffer.wrap(bytes));
    int version = in.getInt() - MAGIC;
    if (version < PLAIN || version > TERMED) {
      throw new MalformedEventException("not an event of version 1, 2 or 3");
    }
    String host = in.getText(64);
    if (!Membership.isHostName(host)) {
      throw new MalformedEventException("not a host's name");
    }
    UUID incarnation = in.getId();
    UUID id = in.getId();
    long sequence = in.getLong();
    long base = in.getLong();
    if (sequence < 1 || base < 0) {
      throw new MalformedEventException("a number is out of range");
    }
    Terms terms = version >= TERMED ? decodeTerms(in) : Terms.DEFAULT;
    Provenance provenance = version >= TERMED ? decodeProvenance(in) : Provenance.UNKNOWN;
    Change change = decodeChange(in, version);
    in.end();
    boolean hasContent = change instanceof PutFile || change instanceof PutSymlink;
    if (terms.aside().isPresent() != (hasContent && terms.policy() == ConflictPolicy.KEEP_BOTH)) {
      throw new MalformedEventException("a path to be kept beside, or none, against its policy");
    }
    Draft draft = new Draft(id, sequence, base, change, terms, provenance);
    if (version != version(draft)) {
      throw new MalformedEventException(
          "an event of version " + version + " that says no more than an earlier one");
    }
    return new Authored(host, incarnation, draft);
  }

  private static Terms decodeTerms(Decoder in) throws MalformedEventException {
    ConflictPolicy policy = ConflictPolicy.of(in.getByte());
    Optional<String> aside = in.getFlag() ? Optional.of(decodePath(in)) : Optional.empty();
    int kept = in.getInt();
    if (kept < 0) {
      throw new MalformedEventException("a number is out of range");
    }
    return new Terms(policy, aside, Duration.ofSeconds(kept));
  }

  private static Provenance decodeProvenance(Decoder in) throws MalformedEventException {
    boolean taken = in.getFlag();
    Optional<Author> author = Optional.empty();
    if (in.getFlag()) {
      author = Optional.of(new Author(in.getInt(), decodeOwner(in)));
    }
    Optional<Part> part = Optional.empty();
    if (in.getFlag()) {
      Part of = new Part(in.getId(), in.getInt(), in.getInt());
      if (of.index() < 0 || of.index() >= of.count()) {
        throw new MalformedEventException("a part that is not within its change set");
      }
      part = Optional.of(of);
    }
    return new Provenance(taken, author, part);
  }

  private static String decodePath(Decoder in) throws MalformedEventException {
    byte[] path = in.getBytes(in.getLength(PathRules.MAX_PATH));
    PathRules.check(path);
    return FileNames.decode(path);
  }

  private static Change decodeChange(Decoder in, int version) throws MalformedEventException {
    Kind kind = Kind.of(in.getByte());
    String path = decodePath(in);
    return switch (kind) {
      case FILE -> decodeFile(path, in, version);
      case DIRECTORY -> new PutDirectory(path, decodeMetadata(in, version));
      case SYMLINK -> decodeSymlink(path, in, version);
      case DELETE -> new Delete(path);
    };
  }

  private static Metadata decodeMetadata(Decoder in, int version) throws MalformedEventException {
    int mode = in.getShort();
    String owner = decodeOwner(in);
    String group = decodeOwner(in);
    long seconds = in.getLong();
    int nanos = in.getInt();
    if (mode > 07777) {
      throw new MalformedEventException("a mode beyond the permission bits");
    }
    if (nanos < 0 || nanos > 999_999_999) {
      throw new MalformedEventException("nanoseconds out of range");
    }
    Xattrs xattrs = version >= EXTENDED ? XattrCodec.decode(in) : Xattrs.NONE;
    return new Metadata(mode, owner, group, seconds, nanos, xattrs);
  }

  private static String decodeOwner(Decoder in) throws MalformedEventException {
    String name = in.getText(MAX_OWNER);
    if (name.isEmpty() || name.indexOf('\0') >= 0) {
      throw new MalformedEventException("not a name of an owner or group");
    }
    return name;
  }

  private static String decodeTarget(Decoder in) throws MalformedEventException {
    String target = in.getText(MAX_TARGET);
    if (target.isEmpty() || target.indexOf('\0') >= 0) {
      throw new MalformedEventException("not a target of a symbolic link");
    }
    return target;
  }

  private static PutSymlink decodeSymlink(String path, Decoder in, int version)
      throws MalformedEventException {
    Metadata metadata = decodeMetadata(in, version);
    if (!metadata.xattrs().isEmpty()) {
      throw new MalformedEventException("a symbolic link with extended attributes");
    }
    return new PutSymlink(path, metadata, decodeTarget(in));
  }

  private static PutFile decodeFile(String path, Decoder in, int version)
      throws MalformedEventException {
    Metadata metadata = decodeMetadata(in, version);
    long size = in.getLong();
    Digest digest = Digest.of(in.getBytes(Digest.LENGTH));
    Content content = decodeContent(in, size, digest);
    Optional<UUID> link = version >= EXTENDED ? decodeLink(in) : Optional.empty();
    if (!metadata.xattrs().inherited().isEmpty()) {
      throw new MalformedEventException("a file with a list for what is made in it");
    }
    return new PutFile(path, metadata, size, digest, content, link);
  }

  private static Content decodeContent(Decoder in, long size, Digest digest)
      throws MalformedEventException {
    int where = in.getByte();
    if (where == INLINE) {
      byte[] bytes = in.getBytes(size);
      if (!Digest.sha256(bytes).equals(digest)) {
        throw new MalformedEventException("inline content that is not its digest's");
      }
      return new Inline(bytes);
    }
    if (where == CHUNKED) {
      return decodeChunks(in, size);
    }
    throw new MalformedEventException("no such place of content: " + where);
  }

  private static Optional<UUID> decodeLink(Decoder in) throws MalformedEventException {
    return switch (in.getByte()) {
      case UNLINKED -> Optional.empty();
      case LINKED -> Optional.of(in.getId());
      default -> throw new MalformedEventException("neither a link nor none");
    };
  }

  private static Chunked decodeChunks(Decoder in, long size) throws MalformedEventException {
    int count = in.getInt();
    if (count < 0 || (long) count * CHUNK_LENGTH > in.remaining()) {
      throw new MalformedEventException("more chunks than bytes");
    }
    List<Chunk> chunks = new ArrayList<>(count);
    long sum = 0;
    for (int i = 0; i < count; i++) {
      Digest digest = Digest.of(in.getBytes(Digest.LENGTH));
      int length = in.getInt();
      if (length < 1 || length > FarmLog.MAX_CHUNK_LENGTH) {
        throw new MalformedEventException("a chunk's length is out of range");
      }
      sum += length;
      chunks.add(new Chunk(digest, length));
    }
    if (sum != size) {
      throw new MalformedEventException("a size that is not the sum of its chunks");
    }
    return new Chunked(chunks);
  }
}
