import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { rotate } from "./rotation.ts";

it("leaves a file alone that another process has begun meanwhile", () => {
  const folder = mkdtempSync(join(tmpdir(), "sync-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "x.log");
  writeFileSync(file, "new\n");
  const inode = statSync(file).ino;
  rotate({ file, inode: inode + 1, maxFiles: 3 });
  expect(readdirSync(folder)).toEqual(["x.log"]);
  rotate({ file, inode, maxFiles: 3 });
  expect(readdirSync(folder)).toEqual(["x.log.1"]);
});
