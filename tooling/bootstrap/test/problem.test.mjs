import { describe, expect, test } from "vitest";
import { unsupportedNodeProblem } from "../node-version.mjs";
import { installProblem } from "../problem.mjs";

const logPath = "reports/install.log";
const everythingThere = { findsCommand: () => true, logPath };

describe("the Node version", () => {
  test.each(["20.19.0", "20.20.2", "22.12.0", "24.0.0", "26.1.0"])("%s is accepted", (version) => {
    expect(unsupportedNodeProblem(version)).toBeUndefined();
  });

  test.each(["16.20.2", "18.20.8", "20.18.1", "21.7.3", "22.11.0", "23.11.1", "27.0.0"])(
    "%s is refused with what to install",
    (version) => {
      expect(unsupportedNodeProblem(version)).toMatch(
        /^Node \S+ is not supported: install Node 20\.19/,
      );
    },
  );
});

describe("a failed install is told in one sentence", () => {
  test("an unreachable registry", () => {
    const output =
      "WARN GET https://host.invalid/vitest error (ECONNREFUSED). Will retry in 1 seconds.";
    const sentence = installProblem(output, everythingThere);
    expect(sentence).toMatch(/^The package registry cannot be reached \(ECONNREFUSED\): check /);
    expect(sentence).not.toContain("host.invalid");
  });

  test.skipIf(process.platform === "win32")(
    "a missing compiler, even when a prebuilt binary was looked for in vain first",
    () => {
      const output =
        "prebuild-install warn getaddrinfo ENOTFOUND\ngyp ERR! stack Error: not found: make";
      const machine = { findsCommand: (name) => name.startsWith("python"), logPath };
      expect(installProblem(output, machine)).toMatch(
        /^SQLite has to be compiled on this machine and make and a C\+\+ compiler cannot be found: install /,
      );
    },
  );

  test("Node's headers out of reach", () => {
    const output =
      "gyp info find Python using Python version 3.12\ngyp ERR! stack FetchError: ENOTFOUND";
    expect(installProblem(output, everythingThere)).toContain("Node's header files");
  });

  test("an outdated lock file", () => {
    expect(installProblem("ERR_PNPM_OUTDATED_LOCKFILE", everythingThere)).toContain(
      "npx pnpm install",
    );
  });

  test("a cause it does not know points at the log", () => {
    expect(installProblem("something new", everythingThere)).toContain(logPath);
  });

  test.each(["", "ENOSPC", "EACCES", "gyp ERR!", "ERR_PNPM_UNSUPPORTED_ENGINE"])(
    "one line, ending in a full stop, for %j",
    (output) => {
      expect(installProblem(output, everythingThere)).toMatch(/^[^\n]+\.$/);
    },
  );
});
