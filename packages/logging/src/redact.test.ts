import { describe, expect, it } from "vitest";
import { redact, redactText } from "./redact.ts";

describe("redactText", () => {
  it.each([
    ["https://ann:pw@host/x", "https://***@host/x"],
    ["postgres://ann:p@ss@host/db", "postgres://***@host/db"],
    ["cannot reach http://tok3n@host: no", "cannot reach http://***@host: no"],
    ["https://host/x?a=1&access_token=abc&b=2", "https://host/x?a=1&access_token=***&b=2"],
    ["file:shop.db?hexkey=00ff", "file:shop.db?hexkey=***"],
    ["host=x password=hunter2 user=ann", "host=x password=*** user=ann"],
    ["Authorization: Bearer abcdefgh.ij", "Authorization: Bearer ***"],
  ])("%s", (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each(["key='hours'", "id=7", "me@example.org", "/srv/ann/shop.db", "monkey=3"])(
    "leaves %s alone",
    (text) => {
      expect(redactText(text)).toBe(text);
    },
  );
});

describe("redact", () => {
  it("hides what is named like a secret, at any depth", () => {
    expect(redact({ apiKey: "x", deep: [{ password: "y", table: "notes" }], token: null })).toEqual(
      {
        apiKey: "***",
        deep: [{ password: "***", table: "notes" }],
        token: null,
      },
    );
  });

  it("leaves rows out, and keeps paths and keys", () => {
    const row = { id: 7n, body: "secret" };
    expect(redact({ a: "x.db", b: row, base: row, rows: [row], key: "id=7" })).toEqual({
      a: "x.db",
      b: "[row left out]",
      base: "[row left out]",
      rows: "[row left out]",
      key: "id=7",
    });
  });

  it("turns what JSON cannot hold into what it can", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    const fields = {
      small: 7n,
      big: 2n ** 60n,
      bytes: new Uint8Array(3),
      when: new Date(0),
      circle,
    };
    const safe = redact({ ...fields, error: new Error("at http://u:p@h"), bad: new Date("x") });
    expect(safe).toMatchObject({
      small: 7,
      big: "1152921504606846976",
      bytes: "[3 bytes]",
      when: "1970-01-01T00:00:00.000Z",
      error: "at http://***@h",
      bad: null,
    });
    expect(JSON.stringify(safe)).toContain("[too deep]");
  });
});
