package io.trifold.rules;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The text of a rule file, and where it comes from.
 *
 * @param name the file's name in messages: as the user wrote it, or {@code preset:NAME}
 * @param identity equal for two sources if they are the same file
 * @param folder what the files it includes are relative to; null in a preset, which includes
 *     presets only
 */
record Source(String name, Object identity, Path folder, String text) {
  private static final int LARGEST_FILE = 16 << 20;
  private static final String PRESET = "preset:";

  /** Text in place of a file in the working directory. */
  static Source text(String name, String text) {
    Path file = Path.of(name);
    return new Source(name, identity(file), folder(file), text);
  }

  /**
   * What {@code word} names: {@code preset:NAME} a preset; a file if it has a slash or a dot in it,
   * or if there is such a file; else a preset.
   *
   * @throws SourceException if there is no such file or preset, or it cannot be read
   */
  static Source named(String word, Path folder) throws SourceException {
    if (word.startsWith(PRESET)) {
      return preset(word.substring(PRESET.length()));
    }
    if (folder == null) {
      return preset(word);
    }
    Path file = folder.resolve(word);
    return word.contains("/") || word.contains(".") || Files.isRegularFile(file)
        ? file(file)
        : preset(word);
  }

  static Source preset(String name) throws SourceException {
    String source = PRESET + name;
    return new Source(source, source, null, Presets.text(name));
  }

  static Source file(Path file) throws SourceException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(LARGEST_FILE + 1);
    } catch (NoSuchFileException e) {
      throw new SourceException(
          "no rule file \""
              + file
              + "\"; create it, or correct the name ("
              + presetsInWords()
              + ")");
    } catch (AccessDeniedException e) {
      throw new SourceException(
          "the rule file \"" + file + "\" may not be read; give its reader the permission");
    } catch (IOException e) {
      throw new SourceException(
          "the rule file \""
              + file
              + "\" cannot be read ("
              + e.getMessage()
              + "); name a text file");
    }
    if (bytes.length > LARGEST_FILE) {
      throw new SourceException(
          "the rule file \"" + file + "\" is larger than 16 MiB; name a rule file");
    }
    String name = file.toString();
    return new Source(name, identity(file), folder(file), decoded(name, bytes));
  }

  private static Path identity(Path file) {
    try {
      return file.toRealPath();
    } catch (IOException e) {
      // A pipe has no real path, and text in place of a file need not have one.
      return file.toAbsolutePath().normalize();
    }
  }

  private static Path folder(Path file) {
    Path folder = file.getParent();
    return folder == null ? Path.of("") : folder;
  }

  private static String presetsInWords() {
    return "presets: " + String.join(", ", Presets.names());
  }

  /**
   * Reads UTF-8 strictly. A file in another encoding would otherwise bind names that no one sees in
   * it.
   */
  private static String decoded(String name, byte[] bytes) throws SourceException {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    out.flip();
    if (result.isError()) {
      String before = out.toString();
      int line = 1 + (int) before.chars().filter(c -> c == '\n').count();
      int column = before.codePointCount(before.lastIndexOf('\n') + 1, before.length()) + 1;
      throw new SourceException(
          name
              + ":"
              + line
              + ":"
              + column
              + ": not UTF-8; save the file as UTF-8, and match a name that is not with ? or *");
    }
    return out.toString();
  }
}
