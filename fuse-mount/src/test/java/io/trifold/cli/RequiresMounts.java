package io.trifold.cli;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import io.trifold.config.Machine;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests that mount: skipped where nobody can, except with {@code CI=true}. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresMounts.Condition.class)
@interface RequiresMounts {
  /** Looks at the machine. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (Machine.isRoot() && Files.exists(Path.of("/dev/fuse"))) {
        return enabled("root and /dev/fuse");
      }
      if ("true".equals(System.getenv("CI"))) {
        throw new AssertionError("CI=true, but there is neither root nor /dev/fuse");
      }
      return disabled("needs root and /dev/fuse");
    }
  }
}
