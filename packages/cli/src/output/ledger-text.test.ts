import { expect, it } from "vitest";
import { plainTerminal } from "../../test/plain-terminal.ts";
import { ledgerText } from "./ledger-text.ts";

const PAIR = { a: "a.db", b: "b c.db" };

it("says that nothing was lost where nothing was", () => {
  const page = { entries: [], total: 0, isUnfinished: false };
  expect(ledgerText(page, PAIR, plainTerminal())).toBe(
    "The ledger has no such entry: nothing was lost.",
  );
});

it("does not say so while a run is unfinished, but how to end it", () => {
  const text = ledgerText({ entries: [], total: 0, isUnfinished: true }, PAIR, plainTerminal());
  expect(text).not.toContain("nothing was lost");
  expect(text).toContain("was interrupted, or is under way");
  expect(text).toContain("\n  dbsync sync a.db 'b c.db'");
});
