import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { plainTerminal } from "../../test/plain-terminal.ts";
import { wordDiff } from "./word-diff.ts";

describe("a word diff", () => {
  it("marks what went and what came", async () => {
    expect(await wordDiff("the old cat", "the new cat", plainTerminal())).toBe(
      "the [-old-]{+new+} cat",
    );
  });

  it("leaves long stretches without a change out", async () => {
    const same = "word ".repeat(100);
    const text = await wordDiff(`${same}old ${same}`, `${same}new ${same}`, plainTerminal());
    expect(text).toContain("[-old-]{+new+}");
    expect(text.length).toBeLessThan(150);
  });

  it("needs no marks where there are colours", async () => {
    const colors = pc.createColors(true);
    const text = await wordDiff("old", "new", plainTerminal({ colors }));
    expect(text).toBe(`${colors.strikethrough(colors.red("old"))}${colors.green("new")}`);
  });

  it("keeps a text from writing to the terminal", async () => {
    expect(await wordDiff("a", "\u001B[2Jb", plainTerminal())).not.toContain("\u001B");
  });
});
