package io.trifold.config;

import io.trifold.farm.CallAction;
import io.trifold.farm.CallDeclaration;
import io.trifold.farm.CallOrder;
import io.trifold.queue.Call;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads the tables {@code [calls.NAME]}. */
final class CallTables {
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final Duration LONGEST = Duration.ofHours(24);
  private static final int OWNER_WRITES = 0200;

  private final boolean root;

  /**
   * A reader.
   *
   * @param root whether the mount is root's, who can be every user
   */
  CallTables(boolean root) {
    this.root = root;
  }

  /**
   * Reads them.
   *
   * @param presets those that are there beside them, and are replaced by those of the same name
   */
  Map<String, CallDeclaration> read(
      Optional<ConfigTable> calls, Map<String, CallDeclaration> presets) throws SettingsException {
    Map<String, CallDeclaration> declared = new TreeMap<>(presets);
    if (calls.isEmpty()) {
      return declared;
    }
    Map<String, ConfigTable> tables = calls.get().tables();
    for (Map.Entry<String, ConfigTable> table : tables.entrySet()) {
      declared.put(table.getKey(), read(table.getKey(), table.getValue()));
    }
    for (Map.Entry<String, ConfigTable> table : tables.entrySet()) {
      checkThen(declared.get(table.getKey()), declared, table.getValue());
    }
    return declared;
  }

  private CallDeclaration read(String name, ConfigTable table) throws SettingsException {
    if (!Call.isName(name) || name.startsWith("trifold-")) {
      throw table.error(
          "a call's name has lower-case letters, digits and '-' only, and does not begin with"
              + " trifold-");
    }
    Map<String, CallDeclaration.Form> arguments = arguments(table);
    CallAction action = action(table, arguments.keySet());
    boolean runsProgram =
        !(action instanceof CallAction.BuiltIn builtIn)
            || builtIn.operation() == CallAction.Operation.GIT_PULL;
    Optional<String> user = table.text("user");
    if (root && runsProgram && user.isEmpty()) {
      throw table.error("user is missing: name the one that it is to run as");
    }
    Optional<CallDeclaration.Form> data = Optional.empty();
    if (table.has("data")) {
      data = Optional.of(new CallDeclaration.Form(table.pattern("data")));
    }
    CallDeclaration call =
        new CallDeclaration(
            name,
            action,
            user,
            table.below("directory"),
            table.duration("limit", LIMIT, LONGEST),
            table.word("order", CallOrder.AFTER_FILES),
            arguments,
            data,
            new CallDeclaration.ControlFile(table.text("owner"), mode(table)));
    table.end();
    return call;
  }

  private static Map<String, CallDeclaration.Form> arguments(ConfigTable table)
      throws SettingsException {
    Map<String, CallDeclaration.Form> arguments = new TreeMap<>();
    Optional<ConfigTable> forms = table.table("arguments");
    if (forms.isPresent()) {
      for (String argument : forms.get().keys()) {
        if (!Call.isName(argument)) {
          throw forms
              .get()
              .error(argument, "an argument's name has lower-case letters, digits and '-' only");
        }
        arguments.put(argument, new CallDeclaration.Form(forms.get().pattern(argument)));
      }
    }
    return arguments;
  }

  private static CallAction action(ConfigTable table, Set<String> arguments)
      throws SettingsException {
    List<String> words = table.texts("command");
    List<String> then = table.texts("then");
    if (table.has("builtin") == !words.isEmpty()) {
      throw table.error("needs a command = [\"program\", …] or a builtin, one of the two");
    }
    if (words.isEmpty()) {
      if (!arguments.isEmpty() || table.has("data")) {
        throw table.error("what is built in takes neither arguments nor data");
      }
      CallAction.Operation operation = table.word("builtin", CallAction.Operation.GIT_PULL);
      if (operation == CallAction.Operation.DELETE) {
        throw table.error(
            "builtin", "what is deleted on every host is for a rule's deletes=broadcast");
      }
      return new CallAction.BuiltIn(operation, then);
    }
    if (!then.isEmpty()) {
      throw table.error("then", "then is for what is built in: a command can do more by itself");
    }
    for (String named : CallDeclaration.named(words)) {
      if (!arguments.contains(named)) {
        throw table.error(
            "command",
            "{"
                + named
                + "} stands for an argument: declare it in ["
                + table.name()
                + ".arguments]");
      }
    }
    return new CallAction.Command(words);
  }

  private static int mode(ConfigTable table) throws SettingsException {
    Optional<String> mode = table.text("mode");
    if (mode.isEmpty()) {
      return OWNER_WRITES;
    }
    if (!mode.get().matches("0?[0-7]{3}")) {
      throw table.error("mode", "mode is \"" + mode.get() + "\", and must be such as \"0220\"");
    }
    return Integer.parseInt(mode.get(), 8);
  }

  private static void checkThen(
      CallDeclaration call, Map<String, CallDeclaration> declared, ConfigTable table)
      throws SettingsException {
    if (!(call.action() instanceof CallAction.BuiltIn builtIn)) {
      return;
    }
    for (String name : builtIn.then()) {
      CallDeclaration next = declared.get(name);
      if (next == null) {
        throw table.error("then", "then names \"" + name + "\", which is no call of this file");
      }
      boolean chains = next.action() instanceof CallAction.BuiltIn b && !b.then().isEmpty();
      if (chains || !next.arguments().isEmpty() || next.data().isPresent()) {
        throw table.error(
            "then",
            "then names \"" + name + "\": one with arguments, data or a then cannot follow");
      }
    }
  }
}
