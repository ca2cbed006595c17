import { describe, expect, test } from "vitest";
import { SYNC_ERRORS, SyncError, isSyncError } from "./errors.ts";

describe("SyncError", () => {
  test("carries its code, what failed and the general advice of the code", () => {
    const error = new SyncError("SYNC_DB_MISSING", "notes.db does not exist.");
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "SyncError",
      code: "SYNC_DB_MISSING",
      message: "notes.db does not exist.",
      next: SYNC_ERRORS.SYNC_DB_MISSING.next,
      details: {},
    });
    expect(Object.hasOwn(error, "cause")).toBe(false);
  });

  test("takes a cause, advice of its own and details", () => {
    const cause = new Error("SQLITE_BUSY");
    const error = new SyncError("SYNC_LOCKED", "notes.db is locked.", {
      cause,
      next: "Wait.",
      details: { db: "notes.db" },
    });
    expect(error.cause).toBe(cause);
    expect(error.next).toBe("Wait.");
    expect(error.details).toEqual({ db: "notes.db" });
  });
});

describe("isSyncError", () => {
  test("knows its own and those of another copy of the package", () => {
    const foreign = Object.assign(new Error("locked"), {
      name: "SyncError",
      code: "SYNC_LOCKED",
      next: "Wait.",
      details: {},
    });
    expect(isSyncError(new SyncError("SYNC_IO", "disk"))).toBe(true);
    expect(isSyncError(foreign)).toBe(true);
  });

  test.each([
    undefined,
    null,
    "SyncError",
    new Error("x"),
    { name: "SyncError", code: "SYNC_IO", next: "" },
  ])("refuses anything else: %s", (value) => {
    expect(isSyncError(value)).toBe(false);
  });
});

test.each(Object.entries(SYNC_ERRORS))(
  "%s explains its cause and the next step in sentences",
  (code, { cause, next }) => {
    expect(code).toMatch(/^SYNC_[A-Z_]+$/);
    expect(cause).toMatch(/^\S.*\.$/);
    expect(next).toMatch(/^\S.*\.$/);
  },
);
