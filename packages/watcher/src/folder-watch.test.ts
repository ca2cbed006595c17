import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { watchFolders } from "./folder-watch.ts";

test("hears of a database and its journals, of nothing else, and again when its folder was replaced", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sync-folders-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const inner = join(folder, "in");
  const path = join(inner, "a.db");
  mkdirSync(inner);
  const heard: string[] = [];
  // Whoever begins to listen asks for a look at everything.
  let isListening = false;
  const everHeard: string[] = [];
  const quiet = join(inner, "c.db");
  const watch = watchFolders([path, quiet], (database) => {
    heard.push(database);
    if (isListening) everHeard.push(database);
  });
  onTestFinished(watch.close);
  await watch.refresh();
  isListening = true;
  const expectHeard = async (write: () => void): Promise<void> => {
    heard.length = 0;
    write();
    await vi.waitFor(() => expect(heard).toContain(path), { timeout: 10_000, interval: 5 });
  };
  for (const tail of ["", "-wal", "-journal"])
    await expectHeard(() => writeFileSync(`${path}${tail}`, "x"));
  // Events come in order: had these been taken for the other database's, they would be heard by then.
  for (const name of ["c.db-shm", "b.db"]) writeFileSync(join(inner, name), "x");
  await expectHeard(() => appendFileSync(path, "x"));
  expect(everHeard).not.toContain(quiet);
  rmSync(inner, { recursive: true });
  await watch.refresh();
  mkdirSync(inner);
  await watch.refresh();
  await expectHeard(() => writeFileSync(path, "x"));
});
