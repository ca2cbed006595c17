import { closeSync, openSync, writeSync } from "node:fs";

/** What a process under the shim is to meet. Numbers count the changes to the pair's files, from 1. */
export interface Fate {
  /** Where changes are logged; only a process of its own does. */
  readonly log?: string;
  /** The change before which everything dies, as by `kill -9`; `torn`: in the middle of which. */
  readonly killAt?: number;
  readonly torn?: boolean;
  readonly fail?: Failing;
  readonly meddle?: Meddling;
  /** How long each change takes at least. */
  readonly delayUs?: number;
}

/** A command that is run before a change, and waited for: somebody else does something in between. */
export interface Meddling {
  readonly at: number;
  /** `$0` is its how-manieth time, from 0. */
  readonly command: string;
  /** So often, so many changes apart; once without them. */
  readonly times?: number;
  readonly gap?: number;
}

/** A system call that fails. */
export interface Failing {
  readonly at: number;
  readonly errno: number;
  /** So do all after it. */
  readonly on: boolean;
  /** A write writes half instead. */
  readonly short: boolean;
}

/** Sizes of the fields of `struct control` in shim.c. */
const NUMBERS = 7;
const FLAGS = 4;
const FOLDER_BYTES = 4096;
const COMMAND_BYTES = 8192;
const FOLDER_AT = NUMBERS * 8 + FLAGS * 4;

/** Writes what the shim reads. In place: a process that has it mapped would die of a file cut off. */
export function writeControl(path: string, folder: string, fate: Fate): void {
  const { killAt = 0, torn = false, fail, meddle, delayUs = 0 } = fate;
  const bytes = Buffer.alloc(FOLDER_AT + FOLDER_BYTES + COMMAND_BYTES);
  const { at: meddleAt = 0, times = 1, gap = 1 } = meddle ?? {};
  const numbers = [0, killAt, fail?.at ?? 0, meddleAt, times, gap, delayUs];
  for (const [at, number] of numbers.entries()) bytes.writeBigInt64LE(BigInt(number), at * 8);
  const flags = [
    fail?.errno ?? 0,
    Number(fail?.on ?? false),
    Number(torn),
    Number(fail?.short ?? false),
  ];
  for (const [at, flag] of flags.entries()) bytes.writeInt32LE(flag, NUMBERS * 8 + at * 4);
  bytes.write(folder, FOLDER_AT, FOLDER_BYTES - 1);
  bytes.write(meddle?.command ?? "", FOLDER_AT + FOLDER_BYTES, COMMAND_BYTES - 1);
  // "r+" fails where there is none, "w" would cut it off.
  const file = openSync(path, "a+");
  closeSync(file);
  const writable = openSync(path, "r+");
  writeSync(writable, bytes, 0, bytes.length, 0);
  closeSync(writable);
}
