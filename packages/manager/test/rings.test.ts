import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findRings } from "../src/config/rings.ts";
import { NOTES, createDesk, errorOf } from "./desk.ts";
import type { Desk } from "./desk.ts";

function ringOf(
  desk: Desk,
  policy: string,
): Record<string, { a: string; b: string; policy?: string }> {
  const [a, b, c] = ["a.db", "b.db", "c.db"].map((name) => desk.database(name, NOTES)) as [
    string,
    string,
    string,
  ];
  const tail = desk.database("d.db", NOTES);
  return {
    one: { a, b },
    two: { a: b, b: c, policy },
    // By another path to the same file.
    three: { a: c, b: `${desk.folder}/./a.db` },
    tail: { a: c, b: tail, policy: "sum" },
  };
}

describe("a ring of pairs", () => {
  it.each(["sum", "rekey,last-write-wins", "last-write-wins,sum"])("refuses %s", async (policy) => {
    const desk = createDesk();
    const { manager } = desk.manager({ pairs: ringOf(desk, policy) });
    for (const call of [async () => manager.check(), async () => manager.sync("one")]) {
      const error = await errorOf(call);
      expect(error.code).toBe("SYNC_USAGE");
      expect(error.message).toMatch(
        /^The pairs form a ring \(three → two → one → three|^The pairs/,
      );
      expect(error.details["ring"]).toEqual(expect.arrayContaining(["one", "two", "three"]));
    }
  });

  it("refuses it in a rule, too", async () => {
    const desk = createDesk();
    const pairs = ringOf(desk, "manual");
    const rules = [{ table: "notes", column: "pieces", use: "sum" }];
    const config = { pairs: { ...pairs, two: { ...pairs["two"], rules } as never } };
    expect((await errorOf(async () => desk.manager(config).manager.check())).message).toContain(
      "of `two` needs",
    );
  });

  it("refuses it where it is given for one run", async () => {
    const desk = createDesk();
    const { manager } = desk.manager({ pairs: ringOf(desk, "manual") });
    const error = await errorOf(async () => manager.sync("one", { policy: "sum" }));
    expect(error.message).toContain("of `one` needs");
  });

  it("is fine with other policies, and the tree beside it with any", async () => {
    const desk = createDesk();
    const { manager } = desk.manager({ pairs: ringOf(desk, "max") });
    await manager.check();
    expect((await manager.sync("one")).firstRun).toBe(true);
    expect((await manager.sync("tail")).policy).toBe("sum");
  });
});

describe("findRings", () => {
  const link = fc.record({ a: fc.integer({ max: 6, min: 0 }), b: fc.integer({ max: 6, min: 0 }) });

  it("finds one exactly where there are more different pairs than a forest can have", () => {
    fc.assert(
      fc.property(fc.array(link, { maxLength: 10 }), (links) => {
        const ends = links
          .filter(({ a, b }) => a !== b)
          .map(({ a, b }) => [Math.min(a, b), Math.max(a, b)].join());
        const unique = [...new Set(ends)].map((text, index) => {
          const [a = "", b = ""] = text.split(",");
          return { name: String(index), a, b };
        });
        const places = new Set(unique.flatMap(({ a, b }) => [a, b]));
        const groups = countGroups([...places], unique);
        expect(findRings(unique)).toHaveLength(unique.length - (places.size - groups));
        for (const ring of findRings(unique)) expect(new Set(ring).size).toBe(ring.length);
      }),
    );
  });
});

/** How many groups of places hang together. */
function countGroups(
  places: readonly string[],
  links: readonly { readonly a: string; readonly b: string }[],
): number {
  const group = new Map(places.map((place) => [place, place]));
  for (const { a, b } of links) {
    const [from, to] = [group.get(a), group.get(b)];
    for (const place of places) if (group.get(place) === from) group.set(place, to ?? "");
  }
  return new Set(group.values()).size;
}
