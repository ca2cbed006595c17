import { describe, expect, it } from "vitest";
import { createRowidList, limited } from "./candidate-list.ts";
import type { CandidateList } from "./candidate-list.ts";
import { createCell } from "./cell.ts";
import type { Row } from "./payload.ts";

/** What reads rowids looks at nothing but the cell. */
function rowWith(rowid: number): Row {
  return { cell: { ...createCell(), high: 0, low: rowid } } as Row;
}

function fill(list: Pick<CandidateList, "add">, count: number): void {
  for (let rowid = 1; rowid <= count; rowid++) list.add(rowWith(rowid));
}

describe("candidates", () => {
  it.each([0, 1, 4095, 4096, 4097, 12_288, 20_000])("of %s rows are all there", (count) => {
    const list = createRowidList();
    fill(list, count);
    const found = list.rows();
    expect(found.count).toBe(count);
    const expected = Array.from({ length: count }, (_, place) => place + 1);
    expect(Buffer.from(found.rows).toString("latin1")).toBe(expected.join(","));
  });

  it("that are more than is worth it are forgotten", () => {
    const list = limited(createRowidList(), 0);
    fill(list, 10_000);
    expect(list.rows()?.count).toBe(10_000);
    fill(list, 1);
    expect(list.areTooMany).toBe(true);
    expect(list.rows()).toBeNull();
  });
});
