package io.trifold.differential.actor;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A call and its arguments. File names are bytes: each character of an argument stands for one, and
 * a line escapes those that would end an argument or cannot be printed. {@code %{255n}} is one
 * character many times.
 */
public record Operation(String call, List<String> arguments) {
  private static final int LONG_RUN = 32;

  public Operation {
    arguments = List.copyOf(arguments);
  }

  public static Operation of(String call, Object... arguments) {
    List<String> texts = new ArrayList<>();
    for (Object argument : arguments) {
      texts.add(argument.toString());
    }
    return new Operation(call, texts);
  }

  public static Operation parse(String line) {
    List<String> words = new ArrayList<>();
    for (String word : line.strip().split(" ", -1)) {
      words.add(unescape(word));
    }
    return new Operation(words.get(0), words.subList(1, words.size()));
  }

  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(call);
    for (String argument : arguments) {
      line.append(' ').append(escape(argument));
    }
    return line.toString();
  }

  /** The empty text is {@code %}, which stands for nothing else. */
  public static String escape(String text) {
    if (text.isEmpty()) {
      return "%";
    }
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int run = run(text, i);
      if (run >= LONG_RUN && isPlain(c)) {
        escaped.append("%{").append(run).append(c).append('}');
        i += run - 1;
      } else if (isPlain(c)) {
        escaped.append(c);
      } else {
        escaped.append("%%%02x".formatted((int) c));
      }
    }
    return escaped.toString();
  }

  private static boolean isPlain(char c) {
    return c > 0x20 && c < 0x7f && c != '%';
  }

  private static int run(String text, int start) {
    int end = start;
    while (end < text.length() && text.charAt(end) == text.charAt(start)) {
      end++;
    }
    return end - start;
  }

  private static String unescape(String word) {
    if (word.equals("%")) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < word.length(); i++) {
      if (word.startsWith("%{", i)) {
        int end = word.indexOf('}', i + 4);
        int run = Integer.parseInt(word.substring(i + 2, end - 1));
        text.append(word.substring(end - 1, end).repeat(run));
        i = end;
      } else if (word.charAt(i) == '%') {
        text.append((char) Integer.parseInt(word.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        text.append(word.charAt(i));
      }
    }
    return text.toString();
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
