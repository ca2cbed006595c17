import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { placeOf, toJavaScript } from "./workbench.ts";

test("a mutation is placed where its text stands exactly once, and nowhere else", () => {
  const folder = mkdtempSync(join(tmpdir(), "torture-place-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = ["one", "two"].map((name) => join(folder, name));
  writeFileSync(files[0] ?? "", "once; twice;");
  writeFileSync(files[1] ?? "", "twice;");
  const mutation = { name: "m", breaks: "", replace: "", tests: [] };
  expect(placeOf({ ...mutation, find: "once;" }, files)).toBe(files[0]);
  expect(() => placeOf({ ...mutation, find: "twice;" }, files)).toThrow("2 times");
  expect(() => placeOf({ ...mutation, find: "never;" }, files)).toThrow("0 times");
});

test("a source becomes a module that imports what is built", () => {
  const built = toJavaScript("a.ts", 'import { b } from "./b.ts";\nexport const c: number = b;\n');
  expect(built).toContain('import { b } from "./b.js"');
  expect(built).toContain("export const c = b;");
});
