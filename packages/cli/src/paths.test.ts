import { describe, expect, it } from "vitest";
import { pathFromUser } from "./paths.ts";

describe("pathFromUser", () => {
  const start = { npm_lifecycle_event: "start", INIT_CWD: "/shop" };

  it("leaves paths alone outside of npm start", () => {
    expect(pathFromUser("a.db", { cwd: "/repo", env: {} })).toBe("a.db");
    const inScript = { ...start, npm_lifecycle_event: "nightly" };
    expect(pathFromUser("a.db", { cwd: "/repo", env: inScript })).toBe("a.db");
  });

  it("is relative to where npm start was called", () => {
    expect(pathFromUser("a.db", { cwd: "/repo", env: start })).toBe("/shop/a.db");
    expect(pathFromUser("/x/a.db", { cwd: "/repo", env: start })).toBe("/x/a.db");
  });

  it("keeps what was typed where that means the same", () => {
    expect(pathFromUser("./a.db", { cwd: "/shop", env: start })).toBe("./a.db");
  });
});
