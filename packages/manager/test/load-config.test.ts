import { homedir } from "node:os";
import { describe, expect, it } from "vitest";
import { configValues, loadConfig } from "../src/index.ts";
import type { LoadedConfig } from "../src/index.ts";
import { createDesk, errorOf } from "./desk.ts";
import type { Desk } from "./desk.ts";

async function load(
  desk: Desk,
  env: Record<string, string> = {},
  cwd = ".",
): Promise<LoadedConfig> {
  return loadConfig({ cwd: desk.path(cwd), env: { XDG_CONFIG_HOME: desk.path("home"), ...env } });
}

const SHOP = { a: "data/a.db", b: "../b.db" };

describe("a config is found and read", () => {
  it.each([
    ["sync.config.json", JSON.stringify({ pairs: { shop: SHOP } })],
    [
      "sync.config.jsonc",
      '{ // mine\n "pairs": { "shop": { "a": "data/a.db", "b": "../b.db", } } }',
    ],
    ["sync.config.yaml", "# mine\npairs:\n  shop:\n    a: data/a.db\n    b: ../b.db\n"],
    ["sync.config.yml", "pairs: { shop: { a: data/a.db, b: ../b.db } }"],
    ["sync.config.mjs", `export default { pairs: { shop: ${JSON.stringify(SHOP)} } };`],
    [
      "sync.config.ts",
      `import { defineConfig } from "@sync/manager";
       const name: string = "shop";
       export default defineConfig({ pairs: { [name]: ${JSON.stringify(SHOP)} } });`,
    ],
  ])("as %s, with paths relative to it, also from a folder below", async (name, text) => {
    const desk = createDesk();
    desk.write(`project/${name}`, text);
    desk.write("project/below/x", "");
    const { settings } = await load(desk, {}, "project/below");
    expect(settings.pairs).toMatchObject([
      { name: "shop", a: desk.path("project/data/a.db"), b: desk.path("b.db") },
    ]);
    expect(settings.log.file).toBe(desk.path("project/logs/synchronization.log"));
  });

  it("or named by SYNC_CONFIG, or not at all", async () => {
    const desk = createDesk();
    desk.write(
      "other.json",
      `{ "policy": "manual", "pairs": { "home": { "a": "~/a.db", "b": "b" } } }`,
    );
    const { settings } = await load(desk, { SYNC_CONFIG: "other.json" });
    expect(settings.policy.use).toBe("manual");
    expect(settings.pairs[0]?.a).toBe(`${homedir()}/a.db`);
    const none = await load(desk, { SYNC_STATE_DIR: "state" });
    expect(none.settings).toMatchObject({
      pairs: [],
      policy: { use: "last-write-wins" },
      stateDir: desk.path("state"),
      log: { file: desk.path("state/logs/synchronization.log") },
    });
    const error = await errorOf(async () => load(desk, { SYNC_CONFIG: "none.json" }));
    expect(error.message).toBe(`There is no config at ${desk.path("none.json")}.`);
  });
});

describe("what holds", () => {
  const write = (desk: Desk): void => {
    desk.write("home/sync/sync.config.yaml", "policy: manual\nretryMs: 1\nbusyTimeoutMs: 2\n");
    const pairs = `"pairs": {\n "shop": { "a": "a", "b": "b", "rules": [{ "use": "max" }] },\n "own": { "a": "c", "b": "d", "policy": "min" } }`;
    desk.write("sync.config.json", `{\n "retryMs": 3,\n "busyTimeoutMs": 4,\n ${pairs} }`);
  };

  it("is the environment before the project, the user and the default, each with its origin", async () => {
    const desk = createDesk();
    write(desk);
    const loaded = await load(desk, { SYNC_BUSY_TIMEOUT_MS: "5", SYNC_LOG_LEVEL: "debug" });
    expect(loaded.settings).toMatchObject({ busyTimeoutMs: 5, retryMs: 3, maxDeletePercent: 50 });
    const values = configValues(loaded);
    const origin = (key: string): unknown => values.find((value) => value.key === key);
    expect(origin("busyTimeoutMs")).toEqual({
      key: "busyTimeoutMs",
      value: 5,
      source: "environment",
      where: "SYNC_BUSY_TIMEOUT_MS",
    });
    expect(origin("log.level")).toMatchObject({ value: "debug", where: "SYNC_LOG_LEVEL" });
    expect(origin("retryMs")).toMatchObject({
      value: 3,
      source: "project",
      where: `${desk.path("sync.config.json")}:2`,
    });
    expect(origin("policy")).toMatchObject({
      value: "manual",
      source: "user",
      where: `${desk.path("home/sync/sync.config.yaml")}:1`,
    });
    expect(origin("maxDeletePercent")).toMatchObject({ value: 50, source: "default", where: null });
    expect(origin("pairs.own.policy")).toMatchObject({
      value: "min",
      where: `${desk.path("sync.config.json")}:6`,
    });
    expect(origin("pairs.own.a")).toMatchObject({ value: desk.path("c") });
  });

  it("for a pair is its own policy and rules, unless the environment names one", async () => {
    const desk = createDesk();
    write(desk);
    const [shop, own] = (await load(desk)).settings.pairs;
    const from = desk.path("sync.config.json");
    expect(shop?.policy).toEqual({ use: "manual", rules: [{ use: "max" }], from });
    expect(own?.policy).toEqual({ use: "min", rules: [], from });
    const overruled = (await load(desk, { SYNC_POLICY: "prefer-a" })).settings.pairs;
    expect(overruled.map(({ policy }) => [policy.use, policy.rules])).toEqual([
      ["prefer-a", []],
      ["prefer-a", []],
    ]);
  });

  it("of a pair in two configs is the stronger one's, as a whole", async () => {
    const desk = createDesk();
    write(desk);
    const user = "pairs:\n  shop: { a: x, b: y, lineage: accept }\n  more: { a: x, b: z }\n";
    desk.write("home/sync/sync.config.yaml", user);
    const { pairs } = (await load(desk)).settings;
    expect(pairs.map(({ name, a, lineage }) => [name, a, lineage])).toEqual([
      ["shop", desk.path("a"), null],
      ["own", desk.path("c"), null],
      ["more", desk.path("home/sync/x"), null],
    ]);
  });
});

describe("a config that is wrong is refused, with file, line and key", () => {
  it.each([
    [
      "sync.config.json",
      '{\n  "pairs": {\n    "shop": {\n      "a": "a",\n      "b": "b",\n      "polcy": "max"\n} } }',
      "sync.config.json:6: `pairs.shop.polcy` is not a key that is known here.",
      "Did you mean `policy`?",
    ],
    [
      "sync.config.yaml",
      "log:\n  level: warning\n",
      "sync.config.yaml:2: `log.level` must be one of debug, info, warn, error.",
      "Known here: debug, info, warn, error.",
    ],
    [
      "sync.config.yaml",
      "log:\n  levle: warn\n",
      "sync.config.yaml:2: `log.levle` is not a key that is known here.",
      "Did you mean `level`?",
    ],
    [
      "sync.config.yaml",
      "pairs:\n  shop:\n    a: x\n",
      "sync.config.yaml:2: `pairs.shop.b` is missing.",
      "docs/configuration.md",
    ],
    [
      "sync.config.yaml",
      "pairs:\n  shop:\n    a: x\n    b: y\n    rules:\n      - use: max\n      - kind: updat/update\n        use: min\n",
      "sync.config.yaml:7: `pairs.shop.rules.1.kind` must be one of update/update,",
      "docs/configuration.md",
    ],
    [
      "sync.config.yaml",
      "pairs:\n  shop:\n    a: x\n    b: y\n    lineage: restore\n",
      "sync.config.yaml:5: `pairs.shop.lineage` must be one of restored, accept, forget.",
      "Did you mean `restored`?",
    ],
    [
      "sync.config.yaml",
      "pairs:\n  shop:\n    a: x\n    b: y\n    references:\n      - { table: x, colum: y, to: z }\n",
      "sync.config.yaml:6: `pairs.shop.references.0.column` is missing. And 1 more.",
      "docs/configuration.md",
    ],
    [
      "sync.config.json",
      '{ "retryMs": "soon" }',
      "sync.config.json:1: `retryMs` must be of the type number, and is string.",
      "docs/configuration.md",
    ],
    [
      "sync.config.json",
      '{ "pairs": { "a/b": { "a": "x", "b": "y" } } }',
      "`pairs.a/b` cannot be a pair's name",
      "docs/configuration.md",
    ],
    [
      "sync.config.json",
      '{\n "pairs": {\n',
      "sync.config.json:3 cannot be read: ",
      "Correct the file",
    ],
    [
      "sync.config.yaml",
      "policy: max\nlog: [\n",
      "sync.config.yaml:3 cannot be read: ",
      "Correct the file",
    ],
    ["sync.config.json", "[]", "sync.config.json:1: the config must be of the type object", ""],
    ["sync.config.mjs", "export const x = 1;", "it has no default export", "Correct the file"],
    ["sync.config.mjs", "export default (", "cannot be read: ", "Correct the file"],
    [
      "sync.config.mjs",
      "export default { polcy: 1 };",
      "sync.config.mjs: `polcy` is not",
      "`policy`",
    ],
  ])("%s %s", async (name, text, message, next) => {
    const desk = createDesk();
    desk.write(name, text);
    const error = await errorOf(async () => load(desk));
    expect(error.code).toBe("SYNC_USAGE");
    expect(error.message).toContain(message);
    expect(error.next).toContain(next);
  });

  it("the environment, too", async () => {
    const error = await errorOf(async () => load(createDesk(), { SYNC_RETRY_MS: "soon" }));
    expect(error.message).toBe(
      "the environment: `retryMs` must be of the type number, and is string.",
    );
  });
});
