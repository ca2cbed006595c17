import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claimWatch, listWatchers, watcherOf } from "../src/index.ts";
import type { WatchClaim } from "../src/index.ts";

const CORE = new URL("../dist/index.js", import.meta.url).href;

let folder: string;
let claims: WatchClaim[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "sync-registry-")));
  claims = [];
});

afterEach(() => {
  for (const made of claims) made.release();
  rmSync(folder, { recursive: true, force: true });
});

const path = (name: string): string => join(folder, name);

function claim(
  pairs: readonly (readonly [string, string])[],
  socket: string | null = null,
): WatchClaim {
  const made = claimWatch(
    pairs.map(([a, b]) => ({ name: null, a: path(a), b: path(b) })),
    { stateDir: path("state"), socket, startedMs: 1000 },
  );
  claims.push(made);
  return made;
}

/** A process that claims the pair a–b and waits to be killed. */
async function startHolder(): Promise<{ readonly pid: number; kill(): Promise<void> }> {
  const program = `
    const { claimWatch } = await import(${JSON.stringify(CORE)});
    claimWatch([{ name: "shop", a: ${JSON.stringify(path("a"))}, b: ${JSON.stringify(path("b"))} }],
      { stateDir: ${JSON.stringify(path("state"))}, socket: null, startedMs: 1 });
    process.stdout.write("held");
    setInterval(() => {}, 1e6);`;
  const child = execFile(process.execPath, ["--input-type=module", "-e", program]);
  const ended = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

describe("a watched pair", () => {
  test("is told by pair, in either order and through links, and by each of its databases", () => {
    mkdirSync(path("real"));
    symlinkSync(path("real"), path("link"));
    claim([["real/a", "b"]], "/run/x.sock");
    const about = { pid: process.pid, socket: "/run/x.sock", startedMs: 1000 };
    expect(watcherOf(path("state"), [path("b"), path("link/a")])).toMatchObject(about);
    expect(watcherOf(path("state"), [path("link/a")])).toMatchObject(about);
    expect(watcherOf(path("state"), [path("b"), path("c")])).toBeNull();
    expect(watcherOf(path("state"), [path("c")])).toBeNull();
  });

  test("is refused to a second watcher, which is told who holds it", () => {
    claim([["a", "b"]]);
    expect(() =>
      claim([
        ["c", "d"],
        ["b", "a"],
      ]),
    ).toThrow(
      expect.objectContaining({
        code: "SYNC_WATCHED",
        message: expect.stringContaining(`The process ${process.pid} already watches`),
      }),
    );
    expect(listWatchers(path("state"))).toHaveLength(1);
  });

  test("shares a database with a pair of another watcher", () => {
    claim([["a", "hub"]]);
    claim([["b", "hub"]]);
    expect(listWatchers(path("state"))).toHaveLength(2);
  });

  test("is free again once it is let go", () => {
    const first = claim([["a", "b"]]);
    first.release();
    first.release();
    expect(listWatchers(path("state"))).toEqual([]);
    claim([["a", "b"]]);
    expect(watcherOf(path("state"), [path("a")])).not.toBeNull();
  });

  test("is free at once when its watcher is killed, and what that one left is removed", async () => {
    const holder = await startHolder();
    expect(watcherOf(path("state"), [path("a")])).toMatchObject({ pid: holder.pid });
    expect(() => claim([["a", "b"]])).toThrow(`The process ${holder.pid} already watches shop`);
    await holder.kill();
    expect(watcherOf(path("state"), [path("a")])).toBeNull();
    claim([["a", "b"]]);
    const folders = readdirSync(path("state/watchers"), { withFileTypes: true });
    expect(folders.filter((entry) => entry.isDirectory())).toHaveLength(1);
  });
});

test("asking makes nothing", () => {
  expect(watcherOf(path("state"), [path("a")])).toBeNull();
  expect(existsSync(path("state"))).toBe(false);
});

test("what is noted is for its owner only", () => {
  claim([["a", "b"]]);
  const root = path("state/watchers");
  expect(statSync(root).mode & 0o777).toBe(0o700);
  const [made = ""] = readdirSync(root, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? entry.name : [],
  );
  expect(statSync(join(root, made)).mode & 0o777).toBe(0o700);
  expect(statSync(join(root, made, "watcher.json")).mode & 0o777).toBe(0o600);
});

test("a state folder that is copied between machines is refused", () => {
  mkdirSync(path("state/.stfolder"), { recursive: true });
  expect(() => claim([["a", "b"]])).toThrow(
    expect.objectContaining({ code: "SYNC_STATE_IN_SYNCED_FOLDER" }),
  );
});
