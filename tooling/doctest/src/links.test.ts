import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { brokenLinks } from "./links.ts";

it("tells links to files and headings that are not there", () => {
  const folder = mkdtempSync(join(tmpdir(), "doctest-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "b.md"), "# Here\n");
  const page = join(folder, "a.md");
  writeFileSync(
    page,
    "# Top\n\n[1](b.md) [2](b.md#here) [3](#top) [4](https://example.org) [5](c.md) [6](b.md#gone)\n",
  );
  expect(brokenLinks(page)).toEqual([
    "line 3: c.md: there is no such file",
    "line 3: b.md#gone: there is no such heading",
  ]);
});
