package io.trifold.differential.actor;

import io.trifold.posix.Errno;
import io.trifold.posix.ErrnoException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Reads operations from its standard input and writes what came of each to standard output. */
public final class Actor {
  private final Map<String, Call> calls = new HashMap<>();
  private final Identity identity = new Identity();
  private final Clock clock = new Clock();

  private Actor() {
    Slots slots = new Slots();
    Observer observer = new Observer();
    MappingCalls mappings = new MappingCalls(slots);
    identity.addTo(calls);
    mappings.addTo(calls);
    new FileCalls(slots).addTo(calls);
    new NameCalls(slots).addTo(calls);
    new AttributeCalls(slots, observer).addTo(calls);
    XattrCalls.addTo(calls);
    new DirectoryCalls(slots).addTo(calls);
    new LockCalls(slots).addTo(calls);
    new SceneCalls(slots, mappings, identity, observer).addTo(calls);
  }

  public static void main(String[] args) throws IOException {
    new Actor().serve();
  }

  private void serve() throws IOException {
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.ISO_8859_1));
    BufferedWriter output =
        new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.ISO_8859_1));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      output.write(perform(Operation.parse(line)));
      output.newLine();
      if (!input.ready()) {
        output.flush();
      }
    }
  }

  private String perform(Operation operation) {
    try {
      identity.asRoot(clock::advance);
      return calls.get(operation.call()).run(new Arguments(operation));
    } catch (ErrnoException e) {
      return symbol(e);
    } catch (RuntimeException e) {
      return "cannot do that: " + e;
    }
  }

  static String symbol(ErrnoException e) {
    return Errno.name(e.errno());
  }
}
