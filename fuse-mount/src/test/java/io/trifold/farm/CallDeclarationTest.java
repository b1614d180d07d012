package io.trifold.farm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CallDeclarationTest {
  private static CallDeclaration.Form form(String expression) {
    return new CallDeclaration.Form(Pattern.compile(expression));
  }

  private static CallDeclaration call(
      Map<String, CallDeclaration.Form> arguments, Optional<CallDeclaration.Form> data) {
    return new CallDeclaration(
        "clear",
        new CallAction.Command(List.of("clear", "--only={what}")),
        Optional.of("www-data"),
        "",
        Duration.ofSeconds(60),
        CallOrder.AFTER_FILES,
        arguments,
        data,
        new CallDeclaration.ControlFile(Optional.empty(), 0200));
  }

  @Test
  void takesWhatItDeclaresAndNothingElse() {
    CallDeclaration clear = call(Map.of("what", form("a|b")), Optional.empty());
    assertThat(clear.objection(Map.of("what", "a"), "")).isEmpty();
    assertThat(clear.objection(Map.of(), "")).contains("its argument \"what\" is missing");
    assertThat(clear.objection(Map.of("what", "ab"), ""))
        .contains("its argument \"what\" must look like a|b");
    assertThat(clear.objection(Map.of("what", "a\n"), "")).isPresent();
    assertThat(clear.objection(Map.of("what", "a", "who", "b"), ""))
        .contains("it takes no argument \"who\"; it takes what");
    assertThat(clear.objection(Map.of("what", "a"), "x")).contains("it takes no data");
    CallDeclaration any = call(Map.of("what", form("(?s).*")), Optional.of(form("[0-9]*")));
    assertThat(any.objection(Map.of("what", "a\0b"), "")).isPresent();
    assertThat(any.objection(Map.of("what", ""), "12")).isEmpty();
    assertThat(any.objection(Map.of("what", ""), "1x")).contains("its data must look like [0-9]*");
  }

  @Test
  void anArgumentStaysWithinItsWord() {
    assertThat(
            CallDeclaration.fill(
                List.of("a", "--x={one}", "{two}{one}", "{three}"),
                Map.of("one", "1 ; rm $1 \\", "two", "{one}")))
        .containsExactly("a", "--x=1 ; rm $1 \\", "{one}1 ; rm $1 \\", "{three}");
    assertThat(CallDeclaration.named(List.of("{a}{b-c}", "x{a}", "{}", "{A}")))
        .containsExactly("a", "b-c");
  }
}
