import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { listWatchers } from "@sync/core";
import type { WatcherInfo } from "@sync/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { PROGRAM, SHOP, createDesk, createPair } from "./desk.ts";
import type { Desk } from "./desk.ts";

vi.setConfig({ testTimeout: 120_000 });

const PATIENT = { timeout: 60_000, interval: 20 };

/** The watchers of a desk; those that a test leaves are killed. */
function watchersOf(desk: Desk): readonly WatcherInfo[] {
  return listWatchers(desk.path(".state"));
}

async function createWatchedPair(): Promise<Desk> {
  const desk = createDesk();
  onTestFinished(() => {
    for (const { pid } of watchersOf(desk)) process.kill(pid, "SIGKILL");
  });
  await createPair(desk);
  return desk;
}

async function detached(
  desk: Desk,
  args: readonly string[] = ["a.db", "b.db"],
): Promise<WatcherInfo> {
  const { exitCode, stdout, stderr } = await desk.dbsync(["watch", ...args, "--detach"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const [watcher] = watchersOf(desk);
  expect(stdout).toContain(`in the background (pid ${watcher?.pid})`);
  if (watcher === undefined) throw new Error("no watcher is registered");
  return watcher;
}

/** `dbsync watch` in the foreground. */
function foreground(desk: Desk, args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, "watch", ...args], {
    cwd: desk.folder,
    env: { ...process.env, SYNC_STATE_DIR: desk.path(".state"), FORCE_COLOR: "0" },
  });
  let text = "";
  const hear = (chunk: Buffer): void => {
    text += String(chunk);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const ended = new Promise<number | null>(
    (resolve) => void child.once("exit", (code) => resolve(code)),
  );
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    ended,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    text: () => text,
    said: async (words: string | RegExp) => vi.waitFor(() => expect(text).toMatch(words), PATIENT),
  };
}

const names = (desk: Desk, side: string): unknown[] =>
  desk.rows(side, "SELECT name FROM items ORDER BY id");

async function expectInB(desk: Desk, name: string): Promise<void> {
  await vi.waitFor(() => expect(names(desk, "b.db")).toContainEqual({ name }), PATIENT);
}

describe("dbsync watch", () => {
  it("prints a line for each run that did something, and ends at once when asked to", async () => {
    const desk = await createWatchedPair();
    const watch = foreground(desk, ["a.db", "b.db"]);
    await watch.said("Watching a.db ⇄ b.db. Ctrl-C ends it.");
    desk.database("a.db", "INSERT INTO items VALUES (9, 'lid', 1, '2025-02-01 00:00:00')");
    await watch.said(/^\d\d:\d\d:\d\d {2}a.db ⇄ b.db {2}→ b \+1 {2}\(\d.*s\)$/m);
    await expectInB(desk, "lid");
    watch.kill("SIGINT");
    expect(await watch.ended).toBe(130);
    expect(watch.text()).toContain("Stopping");
    expect(watch.text()).toMatch(/Stopped\.\n$/);
    expect(watch.text().match(/→/g)).toHaveLength(1);
  });

  it("says what waits for a decision, and when nothing does any more", async () => {
    const desk = await createWatchedPair();
    const watch = foreground(desk, ["a.db", "b.db"]);
    await watch.said("Watching");
    await vi.waitFor(
      async () => expect((await desk.dbsync(["status"])).stdout).toContain("idle"),
      PATIENT,
    );
    for (const [side, value] of [
      ["a.db", "1"],
      ["b.db", "2"],
    ] as const) {
      desk.database(side, `UPDATE settings SET value = '${value}'`);
    }
    await vi.waitFor(async () => {
      const { stdout } = await desk.dbsync(["conflicts", "a.db", "b.db", "--json"]);
      expect(JSON.parse(stdout)).toMatchObject({ conflicts: [{ id: 1 }] });
    }, PATIENT);
    await watch.said("1 conflict waits: dbsync conflicts");
    await desk.dbsync(["conflicts", "resolve", "1", "a.db", "b.db", "--take", "a"]);
    await watch.said("no conflict waits any more");
    watch.kill("SIGTERM");
    expect(await watch.ended).toBe(143);
  });

  it("watches every pair of the config, by name", async () => {
    const desk = await createWatchedPair();
    for (const name of ["c.db", "d.db"]) desk.database(name, SHOP);
    writeFileSync(
      desk.path("sync.config.json"),
      JSON.stringify({
        pairs: { shop: { a: "a.db", b: "b.db" }, notes: { a: "c.db", b: "later.db" } },
      }),
    );
    const watch = foreground(desk, []);
    await watch.said("Watching shop and notes.");
    await watch.said(/notes {2}SYNC_DB_MISSING.*\n.*\n +Tried again in/);
    desk.database("a.db", "INSERT INTO items VALUES (9, 'lid', 1, '2025-02-01 00:00:00')");
    await watch.said("shop  → b +1");
    desk.database("later.db", SHOP);
    await watch.said("notes  works again");
    expect(watch.text().match(/SYNC_DB_MISSING/g)).toHaveLength(1);
  });

  it.each([
    [["a.db", "typo.db"], 10, "SYNC_DB_MISSING"],
    [["a.db", "b.db", "--policy", "last-wins"], 2, "SYNC_UNKNOWN_POLICY"],
    [[], 2, "SYNC_USAGE"],
    [["a.db", "b.db", "--detach", "--print-service"], 2, "SYNC_USAGE"],
  ])("%j ends with %i, in the background too", async (args, code, error) => {
    const desk = await createWatchedPair();
    for (const more of args.includes("--detach") ? [[]] : [[], ["--detach"]]) {
      const { exitCode, stderr } = await desk.dbsync(["watch", ...args, ...more]);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: code,
        stderr: expect.stringContaining(error),
      });
    }
    expect(watchersOf(desk)).toEqual([]);
  });
});

describe("a watcher in the background", () => {
  it("works until it is stopped, can be asked how it goes, and is in the log", async () => {
    const desk = await createWatchedPair();
    const { pid } = await detached(desk);
    desk.database("a.db", "INSERT INTO items VALUES (9, 'lid', 1, '2025-02-01 00:00:00')");
    await expectInB(desk, "lid");
    await vi.waitFor(async () => {
      const { exitCode, stdout } = await desk.dbsync(["status", "--json"]);
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        schemaVersion: 1,
        command: "status",
        watchers: [
          {
            pid,
            startedAt: expect.stringMatching(/^\d{4}-.*Z$/),
            uptimeMs: expect.any(Number),
            answers: true,
            pairs: [
              {
                name: null,
                a: expect.stringMatching(/a\.db$/),
                b: expect.stringMatching(/b\.db$/),
                state: "idle",
                lastRun: {
                  at: expect.any(String),
                  runId: expect.any(String),
                  durationMs: expect.any(Number),
                },
                lagMs: 0,
                openConflicts: 0,
                nextRetryAt: null,
                error: null,
              },
            ],
          },
        ],
      });
    }, PATIENT);
    const stopped = await desk.dbsync(["stop"]);
    expect(stopped).toMatchObject({ exitCode: 0, stdout: `Stopped (pid ${pid}).` });
    expect(watchersOf(desk)).toEqual([]);
    expect(await desk.dbsync(["status"])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("No watcher is running."),
    });
    expect(await desk.dbsync(["stop"])).toMatchObject({
      exitCode: 0,
      stdout: "No watcher is running.",
    });
    const { stdout } = await desk.dbsync(["log", "--event", "watch_start,watch_stop"]);
    expect(stdout.match(/watch_(start|stop)/g)).toEqual(["watch_start", "watch_stop"]);
  });

  it("has its pair alone: a second one is told who holds it, and a run beside it works", async () => {
    const desk = await createWatchedPair();
    const { pid } = await detached(desk);
    for (const more of [[], ["--detach"]]) {
      const { exitCode, stderr } = await desk.dbsync(["watch", "b.db", "a.db", ...more]);
      expect(exitCode).toBe(11);
      expect(stderr).toContain(`SYNC_WATCHED: The process ${pid} already watches`);
    }
    expect(
      await desk.dbsync(["sync", "a.db", "b.db"], { env: { SYNC_RETRY_MS: "20000" } }),
    ).toMatchObject({ exitCode: 0 });
  });

  it("that was killed is in nobody's way, and its successor tidies up", async () => {
    const desk = await createWatchedPair();
    const { pid } = await detached(desk);
    process.kill(pid, "SIGKILL");
    await vi.waitFor(() => expect(watchersOf(desk)).toEqual([]), PATIENT);
    expect(await desk.dbsync(["status"])).toMatchObject({ exitCode: 1 });
    await detached(desk);
    const left = readdirSync(desk.path(".state/watchers")).filter((name) => name.endsWith(".sock"));
    expect(left).toHaveLength(1);
  });

  it("that does not answer is shown so, and killed after the timeout", async () => {
    const desk = await createWatchedPair();
    const { pid } = await detached(desk);
    process.kill(pid, "SIGSTOP");
    const { stdout } = await desk.dbsync(["stop", "--timeout", "0.2"]);
    expect(stdout).toContain(`was killed (pid ${pid})`);
    expect(watchersOf(desk)).toEqual([]);
  });

  it("is paused by a guard until it is resumed, or until a run beside it did what is due", async () => {
    const desk = await createWatchedPair();
    const rows = Array.from({ length: 30 }, (_, id) => `(${id + 10}, 'x', 1, NULL)`).join(", ");
    desk.database("a.db", `INSERT INTO items VALUES ${rows}`);
    await desk.dbsync(["sync", "a.db", "b.db"]);
    await detached(desk);
    desk.database("a.db", "DELETE FROM items");
    await vi.waitFor(async () => {
      const { exitCode, stdout } = await desk.dbsync(["status"]);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/paused[^]*SYNC_MAX_DELETE[^]*dbsync resume/);
    }, PATIENT);
    const resumed = await desk.dbsync(["resume", "b.db", "a.db", "--json"]);
    expect(resumed.exitCode).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ command: "resume", pairs: 1 });
    expect(await desk.dbsync(["resume", "a.db", "c.db"])).toMatchObject({ exitCode: 2 });
    const env = { SYNC_RETRY_MS: "20000" };
    await desk.dbsync(["sync", "a.db", "b.db", "--max-delete", "100"], { env });
    await vi.waitFor(
      async () => expect(await desk.dbsync(["status"])).toMatchObject({ exitCode: 0 }),
      PATIENT,
    );
    expect(names(desk, "b.db")).toEqual([]);
  });

  it("listens for its owner only, and refuses what it does not understand", async () => {
    const desk = await createWatchedPair();
    const { socket } = await detached(desk);
    if (socket === null) throw new Error("it has no socket");
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(desk.path(".state/watchers")).mode & 0o777).toBe(0o700);
    for (const text of ["hello\n", "{}\n", '{"type":"resume","pairs":[1]}\n']) {
      const answer = await new Promise<string>((resolve) => {
        let heard = "";
        const connection = connect(socket, () => void connection.write(text));
        connection.on("data", (chunk) => (heard += String(chunk)));
        connection.on("end", () => resolve(heard));
      });
      expect(JSON.parse(answer)).toMatchObject({ type: "refused" });
    }
  });

  it("finds a shorter place for its socket where the state folder's path is too long", async () => {
    const desk = await createWatchedPair();
    const env = { SYNC_STATE_DIR: join(desk.path("x".repeat(100)), "state") };
    const started = await desk.dbsync(["watch", "a.db", "b.db", "--detach"], { env });
    expect(started).toMatchObject({ exitCode: 0 });
    const [watcher] = listWatchers(env.SYNC_STATE_DIR);
    expect(await desk.dbsync(["status"], { env })).toMatchObject({
      stdout: expect.stringContaining(`pid ${watcher?.pid}`),
    });
    expect(await desk.dbsync(["stop"], { env })).toMatchObject({ exitCode: 0 });
    expect(existsSync(watcher?.socket ?? "")).toBe(false);
  });
});
