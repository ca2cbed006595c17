import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SyncError } from "@sync/model";
import type { Decision } from "@sync/model";
import { afterAll, describe, expect, test } from "vitest";
import { NOW_MS, noteConflict } from "../../test/conflicts.ts";
import { manual } from "../manual.ts";
import { loadPolicy, loadPolicyFromRules } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "sync-load-"));
const context = { nowMs: NOW_MS };

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A resolver as an author writes it, with nothing but JavaScript. */
function takesA(name: string, apiVersion: unknown = 1): string {
  return `export const resolver = {
    apiVersion: ${JSON.stringify(apiVersion)},
    policy: { name: ${JSON.stringify(name)}, version: "3", decide: () => ({ type: "take", side: "a" }) },
  };`;
}

function writeFiles(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

function decisionOf(answer: string): string {
  return `export const resolver = { apiVersion: 1, policy: { name: "mine", decide: ${answer} } };`;
}

const WITH_OPTIONS = `export const resolver = {
  apiVersion: 1,
  async createPolicy(options) {
    if (options.side === undefined) throw new Error("which side?");
    return { name: "one-side", decide: () => ({ type: "take", side: options.side, reason: "So." }) };
  },
};`;

writeFiles({
  "mine.mjs": takesA("mine"),
  "options.mjs": WITH_OPTIONS,
  "node_modules/sync-resolver-stock/package.json": `{"type": "module", "exports": {"import": "./index.js"}}`,
  "node_modules/sync-resolver-stock/index.js": takesA("stock"),
  "node_modules/@acme/sync-resolver-stock/package.json": `{"type": "module", "main": "main.js"}`,
  "node_modules/@acme/sync-resolver-stock/main.js": takesA("acme-stock"),
  "node_modules/sync-resolver-common/index.js": `exports["resolver"] = { apiVersion: 1, policy: { name: "common", decide() {} } };`,
  "node_modules/last-write-win/index.js": `throw new Error("a package without the prefix was run");`,
  "project/sync.config.json": "{}",
});

describe("a policy is found", () => {
  test.each([
    ["last-write-wins", "last-write-wins"],
    ["rekey,last-write-wins", "rekey,last-write-wins"],
    ["./mine.mjs", "mine"],
    ["mine.mjs", "mine"],
    [join(folder, "mine.mjs"), "mine"],
    ["sync-resolver-stock", "stock"],
    ["stock", "stock"],
    ["@acme/sync-resolver-stock", "acme-stock"],
    ["@acme/stock", "acme-stock"],
    ["common", "common"],
    ["stock, ./mine.mjs, manual", "stock,mine,manual"],
  ])("by %s", async (spec, name) => {
    expect((await loadPolicy(spec, { from: folder })).name).toBe(name);
  });

  test("from the folder of a config file, and packages from the folders above it", async () => {
    const from = join(folder, "project", "sync.config.json");
    expect((await loadPolicy("../mine.mjs", { from })).name).toBe("mine");
    expect((await loadPolicy("stock", { from })).name).toBe("stock");
  });

  test("with its version and what it decides", async () => {
    const policy = await loadPolicy("./mine.mjs", { from: folder });
    expect(policy.version).toBe("3");
    expect(await policy.decide(noteConflict(), context)).toEqual({
      type: "take",
      side: "a",
      reason: 'The policy "mine" takes this side.',
    });
  });

  test("and made of its options", async () => {
    const options = { side: "b" };
    const policy = await loadPolicy("./options.mjs", { from: folder, options });
    expect(await policy.decide(noteConflict(), context)).toMatchObject({
      side: "b",
      reason: "So.",
    });
    const skew = await loadPolicy("last-write-wins", {
      from: folder,
      options: { allowedSkewMs: 7 },
    });
    expect(skew.version).toContain(" 7 ms");
  });

  test("in every rule of a config", async () => {
    const rules = [
      { table: "notes", use: { policy: "./options.mjs", side: "b" } },
      { table: "stock", use: "stock" },
      { table: "prices", use: "max,stock" },
    ];
    const policy = await loadPolicyFromRules(rules, { from: folder, fallback: manual });
    const answers = ["notes", "stock", "prices", "orders"].map(async (table) =>
      policy.decide(noteConflict({ table }), context),
    );
    expect(await Promise.all(answers)).toMatchObject([
      { side: "b" },
      { side: "a" },
      { type: "write" },
      { type: "park" },
    ]);
  });
});

describe("what is no resolver is refused", () => {
  writeFiles({
    "empty.mjs": "export {};",
    "default.mjs": "export default { apiVersion: 1 };",
    "unversioned.mjs": `export const resolver = { policy: { name: "x", decide() {} } };`,
    "newer.mjs": takesA("newer", 2),
    "older.mjs": takesA("older", 0),
    "nameless.mjs": `export const resolver = { apiVersion: 1, policy: { decide() {} } };`,
    "undecided.mjs": `export const resolver = { apiVersion: 1, policy: { name: "x" } };`,
    "broken.mjs": "export const = 5;",
    "throws.mjs": `throw new Error("no\\n licence");`,
  });

  test.each([
    ["./none.mjs", "does not exist", "Name the file itself"],
    ["./project", "is a folder", "Name the file itself"],
    ["./empty.mjs", "exports no object `resolver`", "export const resolver"],
    ["./default.mjs", "exports no object `resolver`", "export const resolver"],
    ["./unversioned.mjs", "does not say which `apiVersion`", "export const resolver"],
    [
      "./newer.mjs",
      "made for version 2 of the resolver interface; this is version 1",
      "Update dbsync",
    ],
    [
      "./older.mjs",
      "made for version 0 of the resolver interface; this is version 1",
      "Update the resolver",
    ],
    ["./nameless.mjs", "no policy with a name", "export const resolver"],
    ["./undecided.mjs", "no policy with a name", "export const resolver"],
    ["./broken.mjs", "cannot be loaded", "export const resolver"],
    ["./throws.mjs", "cannot be loaded: no licence.", "export const resolver"],
    [
      "last-write-win",
      "sync-resolver-last-write-win cannot be found",
      "Did you mean last-write-wins?",
    ],
    ["@acme/nothing", "@acme/sync-resolver-nothing cannot be found", "Take one of those"],
    ["stock/inner", "No policy is named", "Take one of those"],
    ["", "No policy is named", "Take one of those"],
  ])("%s", async (spec, message, next) => {
    const error = await errorOf(loadPolicy(spec, { from: folder }));
    expect(error.code).toBe("SYNC_UNKNOWN_POLICY");
    expect(error.message).toContain(message);
    expect(error.next).toContain(next);
  });

  test.each([
    ["./options.mjs", {}, "refuses its options: which side?"],
    ["./mine.mjs", { side: "a" }, "takes no options"],
    ["max", { side: "a" }, "no option"],
    ["max,./mine.mjs", { side: "a" }, "takes no options"],
  ])("options that do not fit: %s %o", async (spec, options, message) => {
    const error = await errorOf(loadPolicy(spec, { from: folder, options }));
    expect(error.code).toBe("SYNC_USAGE");
    expect(error.message).toContain(message);
  });

  test("wrong rules are, before anybody's code is run", async () => {
    const rules = [{ use: "./throws.mjs" }, { kind: "uniq" as never, use: "max" }];
    const error = await errorOf(loadPolicyFromRules(rules, { from: folder, fallback: manual }));
    expect(error.message).toContain("Rule 2");
  });
});

describe("a loaded policy that misbehaves parks its conflict", () => {
  writeFiles({
    "throwing.mjs": decisionOf(`() => { throw new Error("no price"); }`),
    "nonsense.mjs": decisionOf(`() => "both"`),
    "keyless.mjs": decisionOf(`() => ({ type: "write", row: { body: "both" } })`),
    "unknown-column.mjs": decisionOf(`() => ({ type: "write", row: { colour: "red" } })`),
    "meddling.mjs": decisionOf(
      `(conflict) => { conflict.a.body = "mine"; return { type: "take", side: "a" }; }`,
    ),
  });

  test.each<[string, Partial<Decision>]>([
    [
      "./throwing.mjs",
      { type: "park", cause: "failed", reason: 'The policy "mine" failed: no price' },
    ],
    ["./nonsense.mjs", { type: "park", cause: "invalid" }],
    ["./unknown-column.mjs", { type: "park", cause: "invalid" }],
    ["./meddling.mjs", { type: "park", cause: "failed" }],
    ["./keyless.mjs", { type: "write", row: { body: "both" } }],
  ])("%s", async (spec, expected) => {
    const policy = await loadPolicy(spec, { from: folder });
    const conflict = noteConflict();
    const before = structuredClone(conflict);
    const decision = await policy.decide(conflict, context);
    expect(decision).toMatchObject(expected);
    expect(conflict).toEqual(before);
    if (decision?.type === "write") expect(decision.row).toEqual({ body: "both" });
  });
});

async function errorOf(call: Promise<unknown>): Promise<SyncError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
  throw new Error("expected a SyncError");
}
