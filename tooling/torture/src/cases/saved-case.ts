import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Interference } from "../concurrency/meddle.ts";
import type { Blow } from "../crash/strike.ts";
import type { Harm } from "../fuzz/judge-damage.ts";
import type { Scenario } from "../scenario.ts";

/** A scenario that failed once, and is replayed by `npm test` for good. */
export interface SavedCase {
  /** What goes wrong, in a sentence. */
  readonly about: string;
  /** The invariant that it broke. */
  readonly invariant: string;
  /** The command that found it. */
  readonly found: string;
  /** Present while the product is wrong here: the replay expects the failure, and says when it is mended. */
  readonly open?: OpenDefect;
  readonly scenario: Scenario;
  /** How the last run of the scenario is interrupted, where that is what the case is about. */
  readonly blow?: SavedBlow;
  /** Who meets the last run of the scenario, and where. */
  readonly interference?: SavedInterference;
  /** Which file is damaged before it, and how, where the case is about that. */
  readonly harm?: Harm;
}

export interface OpenDefect {
  /** What is wrong in the product, in a sentence. */
  readonly why: string;
  /** Words of the message of a failure that is most likely this one: campaigns count it and go on. */
  readonly like: string;
}

/** The point as a name (see `changeNames`): numbers move with every change of the product. */
export type SavedBlow = Unnumbered<Blow> & { readonly at: string };

type Unnumbered<B> = B extends Blow ? Omit<B, "point"> : never;

/** The point as a name, likewise. */
export type SavedInterference = Omit<Interference, "point"> & { readonly at: string };

const FOLDER = fileURLToPath(new URL("../../cases", import.meta.url));

/** Every saved case by its file's name. */
export function savedCases(): ReadonlyMap<string, SavedCase> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  return new Map(names.toSorted().map((name) => [name, readCase(join(FOLDER, name))]));
}

/** The open defect that a failure most likely shows, by the name of its file. */
export function knownDefect(invariant: string, message: string): string | null {
  const found = [...savedCases()].find(
    ([, saved]) =>
      saved.open !== undefined &&
      saved.invariant === invariant &&
      message.includes(saved.open.like),
  );
  return found?.[0] ?? null;
}

export function readCase(path: string): SavedCase {
  // Written by writeCase, or by hand after its example.
  return JSON.parse(readFileSync(path, "utf8")) as SavedCase;
}

/** @returns the path of the new file */
export function writeCase(name: string, saved: SavedCase, folder: string = FOLDER): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  writeFileSync(path, `${JSON.stringify(saved, null, 2)}\n`);
  return path;
}
