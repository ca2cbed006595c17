import { oddNumber } from "./chance.ts";
import type { Chance } from "./chance.ts";
import { damaged, patch } from "./damage.ts";
import type { Damage } from "./damage.ts";
import { DATABASE_DAMAGES } from "./database-damages.ts";

/** Sizes of https://sqlite.org/fileformat2.html, 4.1. */
const HEADER = 32;
const FRAME_HEADER = 24;

/** One way to damage a write-ahead log; `null`: this one has no place for it. */
export const WAL_DAMAGES: Readonly<
  Record<string, (bytes: Buffer, chance: Chance) => Omit<Damage, "kind"> | null>
> = {
  "log's header": (bytes, chance) => {
    const at = 4 * chance.below(8);
    return { patches: [patch(at, oddNumber(chance, 4, bytes.readUInt32BE(at)))] };
  },
  "frame's header": (bytes, chance) =>
    onFrame(bytes, chance, (frame) => {
      const at = frame + 4 * chance.below(6);
      return { patches: [patch(at, oddNumber(chance, 4, bytes.readUInt32BE(at)))] };
    }),
  "page number of a frame that is valid": (bytes, chance) =>
    onFrame(bytes, chance, (frame) => {
      const at = frame + 4 * chance.below(2);
      return resealed(bytes, [patch(at, oddNumber(chance, 4, bytes.readUInt32BE(at)))]);
    }),
  "page in a frame that is valid": (bytes, chance) =>
    onFrame(bytes, chance, (frame) => damagePage(bytes, chance, frame + FRAME_HEADER)),
  "log cut off": (bytes, chance) => ({ patches: [], length: chance.below(bytes.length) }),
  "log filled up": (bytes, chance) => ({
    patches: [patch(bytes.length, chance.bytes(200))],
    length: bytes.length + chance.below(9000),
  }),
  "bits of the log": (bytes, chance) => {
    const at = chance.below(bytes.length);
    return { patches: [patch(at, Buffer.of((bytes[at] ?? 0) ^ (1 << chance.below(8))))] };
  },
};

function onFrame(
  bytes: Buffer,
  chance: Chance,
  act: (at: number) => Omit<Damage, "kind"> | null,
): Omit<Damage, "kind"> | null {
  const size = FRAME_HEADER + bytes.readUInt32BE(8);
  const count = Math.floor((bytes.length - HEADER) / size);
  return count < 1 ? null : act(HEADER + size * chance.below(count));
}

/** The frame's page is damaged as a page of a database is; its place in the file does not matter for that. */
function damagePage(bytes: Buffer, chance: Chance, at: number): Omit<Damage, "kind"> | null {
  const page = bytes.subarray(at, at + bytes.readUInt32BE(8));
  const kind = chance.of([
    "tree page's header",
    "cell pointer",
    "first bytes of a cell",
    "some bytes",
  ]);
  const found = DATABASE_DAMAGES[kind]?.(page, chance);
  if (found === undefined || found === null) return null;
  const inPage = damaged(page, { kind, ...found }).subarray(0, page.length);
  return resealed(bytes, [patch(at, inPage)]);
}

/** With checksums that fit again, so that SQLite takes what stands there for what was written. */
function resealed(bytes: Buffer, patches: Damage["patches"]): Omit<Damage, "kind"> {
  const sealed = damaged(bytes, { kind: "", patches });
  const isBigEndian = (sealed.readUInt32BE(0) & 1) === 1;
  const size = sealed.readUInt32BE(8);
  let sums = checksum(sealed.subarray(0, 24), [0, 0], isBigEndian);
  for (let at = HEADER; at + FRAME_HEADER + size <= sealed.length; at += FRAME_HEADER + size) {
    sums = checksum(sealed.subarray(at, at + 8), sums, isBigEndian);
    sums = checksum(
      sealed.subarray(at + FRAME_HEADER, at + FRAME_HEADER + size),
      sums,
      isBigEndian,
    );
    sealed.writeUInt32BE(sums[0], at + 16);
    sealed.writeUInt32BE(sums[1], at + 20);
  }
  return { patches: [patch(0, sealed)] };
}

/** The checksum algorithm of the same page, 4.2. */
function checksum(
  bytes: Buffer,
  [first, second]: readonly [number, number],
  isBigEndian: boolean,
): [number, number] {
  let [s0, s1] = [first, second];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const x = isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    const y = isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4);
    s0 = (s0 + x + s1) >>> 0;
    s1 = (s1 + y + s0) >>> 0;
  }
  return [s0, s1];
}
